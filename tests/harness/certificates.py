"""Certificates made by the openssl program: an authority and what it signs, as PEM files in a folder."""

import os

from harness import processes


class Authority:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = folder / "ca.pem", folder / "ca.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", "/CN=test authority", "-keyout", self._key, "-out", self.certificate)

    def issue(self, name, common_name, names="", days=2):
        """(certificate, key) as NAME.pem and NAME.key, put in the place of older ones; `names` as in "DNS:a.example,IP:127.0.0.1".
        Good for so many days from now on, with 0 no longer."""
        request, certificate, key, extensions = (self.folder / f"{name}.{end}" for end in ("csr", "pem", "key", "ext"))
        extensions.write_text(f"subjectAltName={names}\n" if names else "basicConstraints=CA:FALSE\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={common_name}",
                      "-keyout", f"{key}.new", "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial", "-days", days,
                      "-extfile", extensions, "-out", f"{certificate}.new")
        os.chmod(f"{key}.new", 0o600)
        os.replace(f"{key}.new", key)
        os.replace(f"{certificate}.new", certificate)
        return certificate, key

    @staticmethod
    def _openssl(*arguments):
        done = processes.run(["openssl", *arguments], seconds=30)
        assert done.returncode == 0, done.stdout + done.stderr
