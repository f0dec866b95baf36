"""Schemathesis against a platform of its own, without a token and as each role.

It makes requests from the API's own description, good ones and bad ones, and looks at every
answer: no 5xx, no status, type, header or body that the description does not know.

    run.py VENV KHIDMA DATA [ROLE]…

Prints `api: N passed, M failed`, one per role, and exits non-zero if one failed.
"""

import base64
import calendar
import hmac
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

# Real seconds that one role may take; thirteen of them stay under four minutes.
BUDGET_S = 12
# The same examples every time: a run that fails here fails elsewhere.
SEED = 7
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# Streams do not end; server/tests/system/live.rs looks at them.
ENDLESS = "^/v1/(staff/)?live$"
# They end the session that the other requests need; modules/identity/tests look at them.
ENDING = "^/v1/auth/sessions/current|^/v1/me/sessions$"

PASSWORD = "khidma-demo-password"
PASSWORDS = {
    "dispatcher": ("dispatcher@khidma.example", "KHIDMADISPATCHERAAAAAAAAAAAAAAAA"),
    "kyc_reviewer": ("reviewer@khidma.example", "KHIDMAREVIEWERAAAAAAAAAAAAAAAAAA"),
    "moderator": ("moderator@khidma.example", "KHIDMAMODERATORAAAAAAAAAAAAAAAAA"),
    "finance_officer": ("finance.a@khidma.example", "KHIDMAFINANCEAAAAAAAAAAAAAAAAAAA"),
    "operations_manager": ("operations@khidma.example", "KHIDMAOPERATIONSAAAAAAAAAAAAAAAA"),
    "administrator": ("admin@khidma.example", "KHIDMAADMINAAAAAAAAAAAAAAAAAAAAA"),
    "auditor": ("auditor@khidma.example", "KHIDMAAUDITORAAAAAAAAAAAAAAAAAAA"),
    "corporate_manager": ("manager@company.example", "KHIDMACOMPANYAAAAAAAAAAAAAAAAAAA"),
    "branch_manager": ("branch@company.example", "KHIDMACOMPANYBBBBBBBBBBBBBBBBBBB"),
}
PHONES = {
    "customer": "+966537126485",
    "vendor_owner": "+966551000001",
    "technician": "+966552000001",
}
ROLES = ["nobody", *PHONES, *PASSWORDS]


def call(url, body=None):
    """JSON there and back."""
    headers = {"Accept-Language": "en"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        headers["Idempotency-Key"] = str(uuid.uuid4())
        data = json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{url}: {error.code} {error.read().decode()}")


class Platform:
    """`khidma up` with its own data and free ports."""

    def __init__(self, program, data):
        port = free_pair()
        self.log = open(f"{data}.log", "wb")
        self.child = subprocess.Popen(
            [program, "up", "--port", str(port), "--data", str(data), "--fresh"],
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        out = ""
        for line in self.child.stdout:
            out += line.decode()
            if line.startswith(b"ready "):
                break
        else:
            sys.exit(f"khidma up ended ({self.child.wait()}); see {data}.log")
        self.url = re.search(r"^ready (\S+)$", out, re.M)[1]
        self.sandbox = re.search(r"sandbox\s+(http:\S+)/sandbox/", out)[1]

    def stop(self):
        self.child.send_signal(signal.SIGINT)
        self.child.stdout.read()
        self.child.wait(30)
        self.log.close()

    def token(self, role):
        if role in PASSWORDS:
            email, secret = PASSWORDS[role]
            body = {"email": email, "password": PASSWORD, "code": self.totp(secret)}
            return call(f"{self.url}/v1/auth/staff/sessions", body)["access_token"]
        phone = PHONES[role]
        device = str(uuid.uuid4())
        ask = {"phone": phone, "lang": "en", "device": device}
        challenge = call(f"{self.url}/v1/auth/codes", ask)["challenge"]
        code = self.code(phone)
        body = {"challenge": challenge, "code": code, "device": device}
        return call(f"{self.url}/v1/auth/sessions", body)["access_token"]

    def totp(self, secret):
        now = call(f"{self.url}/dev/clock")["now"]
        seconds = calendar.timegm(time.strptime(now[:19], "%Y-%m-%dT%H:%M:%S"))
        digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(seconds) // 30), "sha1")
        number = struct.unpack(">I", digest[digest[19] & 15 :][:4])[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"

    def code(self, phone):
        for _ in range(300):
            for message in call(f"{self.sandbox}/sandbox/inbox.json?to=%2B{phone[1:]}"):
                found = re.search(r"(?<!\d)\d{6}(?!\d)", message["body"])
                if found:
                    return found[0]
            time.sleep(0.1)
        sys.exit(f"no code came for {phone}")


def free_pair():
    """A free port whose successor is free too: the sandbox's."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port
    sys.exit("no two free ports beside each other")


def test(venv, platform, role, token, reports):
    command = [
        f"{venv}/bin/schemathesis",
        "run",
        f"{platform.url}/openapi.json",
        "--checks",
        ",".join(CHECKS),
        "--phases",
        "examples,coverage,fuzzing",
        "--max-time",
        str(BUDGET_S),
        "--max-examples",
        "12",
        "--seed",
        str(SEED),
        "--generation-database",
        "none",
        "--exclude-path-regex",
        f"{ENDLESS}|{ENDING}",
        "--continue-on-failure",
        "--no-shrink",
        "--request-timeout",
        "40",
        "--warnings",
        "off",
        "--suppress-health-check",
        "all",
        "--no-color",
        "--header",
        "Accept-Language: en",
    ]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=reports, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    (reports / f"{role}.txt").write_text(done.stdout)
    good = done.returncode == 0
    print(f"{role:<20} {time.monotonic() - began:5.0f} s  {'ok' if good else 'FAILED'}", flush=True)
    if not good:
        print(done.stdout[-12_000:], flush=True)
    return good


def main():
    venv, program, data, *roles = sys.argv[1:]
    data = Path(data).resolve()
    data.parent.mkdir(parents=True, exist_ok=True)
    reports = data.parent / f"{data.name}-reports"
    reports.mkdir(exist_ok=True)
    platform = Platform(os.path.abspath(program), data)
    try:
        # First of all: later the requests have used up what sign-in allows.
        tokens = {role: platform.token(role) for role in roles or ROLES if role != "nobody"}
        venv = os.path.abspath(venv)
        results = [test(venv, platform, role, tokens.get(role), reports) for role in roles or ROLES]
    finally:
        platform.stop()
    print(f"api: {sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


main()
