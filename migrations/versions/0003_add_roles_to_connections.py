"""add roles to connections."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("roles", sa.JSON(), nullable=False, server_default='["editor"]'))
        batch_op.add_column(sa.Column("revision", sa.String(length=32), nullable=False, server_default=""))
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.alter_column("roles", server_default=None)
        batch_op.alter_column("revision", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.drop_column("revision")
        batch_op.drop_column("roles")
