"""A web process in which a test has changed constants: CONSTANTS is {"module.NAME": value} as JSON."""

import json
import os
import sys
from importlib import import_module

import uvicorn

from config.asgi import application

for path, value in json.loads(os.environ["CONSTANTS"]).items():
    module, _, name = path.rpartition(".")
    setattr(import_module(module), name, value)

uvicorn.run(application, port=int(sys.argv[1]), timeout_graceful_shutdown=3, log_level="warning", lifespan="off")
