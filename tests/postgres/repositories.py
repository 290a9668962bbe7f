"""The repositories on which the figures are measured, as bare mirrors OWNER+NAME/repo below $SEQSCAN_MIRROR."""
import os
import subprocess
import sys
from typing import NamedTuple

from server import sql_files


class Repository(NamedTuple):
    name: str              # OWNER/NAME
    folder: str = ""       # of the package that holds the schema
    migrations: tuple = ()  # folders of SQL files that make it, when SQL files do

    def mirror(self):
        root = os.environ.get("SEQSCAN_MIRROR") or sys.exit("SEQSCAN_MIRROR names no folder of mirrors")
        return os.path.join(root, self.name.replace("/", "+"), "repo")


REPOSITORIES = (
    Repository("documenso/documenso", "packages/prisma", ("packages/prisma/migrations",)),
    Repository("formbricks/formbricks", "packages/database", ("packages/database/migration",)),
    Repository("hoppscotch/hoppscotch", "packages/hoppscotch-backend",
               ("packages/hoppscotch-backend/prisma/migrations",)),
    Repository("PrairieLearn/PrairieLearn", "apps/prairielearn", ("apps/prairielearn/src/migrations",)),
    Repository("Unleash/unleash"),
    Repository("docmost/docmost"),
    Repository("outline/outline"),
    Repository("midday-ai/midday", "packages/db"),
)


def migration_files(repository, git, folder):
    """The SQL files of its migrations in their order, written to `folder`; others than those of HEAD are not seen."""
    if not repository.migrations:
        return []
    archive = subprocess.run(["git", "-C", git, "archive", "HEAD", *repository.migrations], check=True,
                             capture_output=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return [file for below in repository.migrations for file in sql_files(os.path.join(folder, below))]
