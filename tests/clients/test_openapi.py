"""What /openapi.json says of each request and answer is so: schemathesis sends hundreds of its own making, good ones and bad."""

import pathlib

from clients.conftest import client

from harness import processes


def schemathesis(worker, folder, *options):
    done = processes.run([client("python/bin/st"), "--config-file", pathlib.Path(__file__).with_name("schemathesis.toml"), "run",
                          f"{worker.url}/openapi.json", "--phases", "coverage,fuzzing", "--max-examples", 20, "--generation-deterministic",
                          "--no-color", *options], seconds=120, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_schemathesis_finds_no_answer_that_the_openapi_file_does_not_tell(worker, folder):
    worker.create("there")  # see schemathesis.toml
    # Deleting comes by itself and last, or the rest would meet nothing but what is not there.
    schemathesis(worker, folder, "--exclude-operation-id", "deleteConnector")
    assert worker.rest.get("/connectors/there").status == 200
    schemathesis(worker, folder, "--include-operation-id", "deleteConnector")
