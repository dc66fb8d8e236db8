"""A small client of Connect's REST API."""

import http.client
import json


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def body(self):
        return json.loads(self.text)

    def __repr__(self):
        return f"{self.status} {self.text}"


class Rest:
    def __init__(self, port, host="127.0.0.1", timeout=10):
        self.host, self.port, self.timeout = host, port, timeout

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()

    def get(self, path):
        return self.ask("GET", path)

    def put(self, path, body=None):
        return self.ask("PUT", path, body)

    def post(self, path, body=None):
        return self.ask("POST", path, body)

    def delete(self, path):
        return self.ask("DELETE", path)

    def answers(self):
        try:
            return self.get("/health").status == 200
        except OSError:
            return False

    def status(self, connector):
        """The body of /status, or {} while there is none."""
        try:
            answer = self.get(f"/connectors/{connector}/status")
        except OSError:
            return {}
        return answer.body if answer.status == 200 else {}

    def task(self, connector, number=0):
        tasks = [task for task in self.status(connector).get("tasks", []) if task["id"] == number]
        return tasks[0] if tasks else {}
