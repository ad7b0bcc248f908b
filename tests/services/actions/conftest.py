from tests.models_fixture import models_dir, runtime

__all__ = ["models_dir", "runtime"]
