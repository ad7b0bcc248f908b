"""`kinestream eval`."""

import typer

from services.console.commands_eval_crowd import crowd
from services.console.commands_eval_pose import pose
from services.console.commands_eval_segmentation import segmentation
from services.console.commands_eval_tracking import tracking
from services.console.errors import Group

app = typer.Typer(
    cls=Group, no_args_is_help=True, help="Score models and tracks against what people have labelled."
)
app.command()(pose)
app.command()(segmentation)
app.command()(tracking)
app.command()(crowd)
