import { type Order, PrismaClient, type User } from '@prisma/client';

const prisma = new PrismaClient();

// Keys are read from rows, and plain values of the row that is found.
export async function ofRows() {
  const orders = await prisma.order.findMany({ take: 20 });
  const names: string[] = [];
  const usersById = new Map(
    (await prisma.user.findMany({ where: { id: { in: orders.map((order) => order.userId) } } })).map((row) => [row.id, row])
  );
  // What it says here stays above the loop.
  for (const order of orders) {
    const user = usersById.get(order.userId) ?? null;
    names.push(user?.name ?? 'nobody');
  }
  return names;
}

// The key is added to what is selected, which nobody sees.
export async function selected(orders: { userId: number }[]) {
  const names: string[] = [];
  const usersById = new Map(
    (await prisma.user.findMany({
      where: { id: { in: orders.map(({ userId }) => userId) } },
      select: { id: true, name: true },
    })).map((row) => [row.id, row])
  );
  for (const { userId } of orders) {
    const user = usersById.get(userId) ?? null;
    if (!user) throw new Error('no such user');
    names.push(user.name ?? '');
  }
  return names;
}

// Each key differs: rows may go on.
export async function differ(orders: Order[]) {
  const ids = [...new Set(orders.map((order) => order.userId))];
  const users: (User | null)[] = [];
  const usersById = new Map(
    (await prisma.user.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row])
  );
  for (const id of ids) {
    const user: User | null = usersById.get(id) ?? null;
    users.push(user);
  }
  return users;
}

export async function profiles() {
  const users = await prisma.user.findMany({ where: { age: { gt: 17 } } });
  const found = [];
  const profilesByUserId = new Map(
    (await prisma.profile.findMany({ where: { userId: { in: users.map((user) => user.id) } }, include: { user: true } })).map((row) => [row.userId, row])
  );
  for (const user of users) {
    const profile = profilesByUserId.get(user.id) ?? null;
    found.push({ user, profile });
  }
  return found;
}

export async function returned(orders: Order[]) {
  const ids = Array.from(new Set(orders.map(({ userId }) => userId)));
  const usersById = new Map(
    (await prisma.user.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row])
  );
  return ids.map((id) => usersById.get(id) ?? null);
}

export async function inPromiseAll(ids: number[]) {
  const usersById = new Map(
    (await prisma.user.findMany({ where: { id: { in: ids } } })).map((row) => [row.id, row])
  );
  const names = ids.map((id) => {
    const user = usersById.get(id) ?? null;
    if (!user) return null;
    return user.name;
  });
  return names.filter(Boolean);
}

// A list that others may not change, and text that is equal only when all of it is.
export async function byEmail(emails: readonly string[]) {
  let known = 0;
  const usersByEmail = new Map(
    (await prisma.user.findMany({ where: { email: { in: [...emails] } } })).map((row) => [row.email, row])
  );
  for (const email of emails) {
    if (usersByEmail.get(email) ?? null) known++;
  }
  return known;
}

// By way of a constant, with functions of ours that change nothing.
const cents = (order: Order, age: number) => (age < 18 ? 0 : order.cents);
function log(text: string) {
  console.log(text.trim());
}
export async function withHelpers(orders: Order[], tx: PrismaClient) {
  let sum = 0;
  const usersById = new Map(
    (await tx.user.findMany({ where: { id: { in: orders.map((order) => order.userId) } } })).map((row) => [row.id, row])
  );
  for (const order of orders) {
    const { userId } = order;
    const user = usersById.get(userId) ?? null;
    if (user === null) {
      log(`no ${userId}`);
      continue;
    }
    sum += cents(order, user.age);
  }
  return sum;
}

// Another table gets rows with columns only.
export async function writesOthers(orders: Order[]) {
  const usersById = new Map(
    (await prisma.user.findMany({ where: { id: { in: orders.map((order) => order.userId) } } })).map((row) => [row.id, row])
  );
  for (const order of orders) {
    const user = usersById.get(order.userId) ?? null;
    if (user) await prisma.note.create({ data: { id: order.id, userId: user.id, text: user.email } });
  }
}

// A condition that is unique makes it the only row; two queries of one loop, and a second loop.
export async function several(orders: Order[]) {
  let sum = 0;
  const usersById = new Map(
    (await prisma.user.findMany({ where: { id: { in: orders.map((order) => order.userId) } } })).map((row) => [row.id, row])
  );
  const ordersById = new Map(
    (await prisma.order.findMany({ where: { id: { in: orders.map((order) => order.id) } } })).map((row) => [row.id, row])
  );
  for (const order of orders) {
    const user = usersById.get(order.userId) ?? null;
    const same = ordersById.get(order.id) ?? null;
    sum += (user?.age ?? 0) + (same?.cents ?? 0);
  }
  const usersById2 = new Map(
    (await prisma.user.findMany({ where: { id: { in: orders.map((order) => order.userId) } } })).map((row) => [row.id, row])
  );
  for (const order of orders) {
    const user = usersById2.get(order.userId) ?? null;
    sum += user?.age ?? 0;
  }
  return sum;
}

// A UUID that the database gives is written in one way.
export async function byUid() {
  const orders = await prisma.order.findMany();
  let ages = 0;
  const usersByUid = new Map(
    (await prisma.user.findMany({ where: { uid: { in: orders.map((order) => order.userUid) } } })).map((row) => [row.uid, row])
  );
  for (const order of orders) {
    const user = usersByUid.get(order.userUid) ?? null;
    ages += user ? user.age : 0;
  }
  return ages;
}

// By way of filters, in a class and a branch.
export class Ages {
  constructor(private readonly db: PrismaClient) {}

  async sum(group?: { orders: Order[] }) {
    let sum = 0;
    if (group) {
      const ids = group.orders.filter((order) => order.cents > 0).map((order) => order.userId);
      const usersById = new Map(
        (await this.db.user.findMany({
          // the user
          where: { id: { in: ids } }, // of the order
        })).map((row) => [row.id, row])
      );
      /*
       * One after another.
       */
      for (const id of ids) {
        const user = usersById.get(id) ?? null;
        sum += user?.age ?? 0;
      }
    }
    return sum;
  }
}
