# SPDX-License-Identifier: Apache-2.0
"""TLS listeners, looked at with openssl: versions, options, certificates and their reload."""

import signal
import subprocess

import pytest

from harness.daemon import Daemon
from harness.ports import free_port
from harness.waiting import eventually, patient

# The plain listener is how the harness sees that the daemon is up.
PLAIN = 'addListener("@HTTP@", false, "", "", {})\nsetWebserverPassword("super")\n'


def make_certificate(directory, name):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj"]
        + [f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=directory,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def certificate(tmp_path):
    make_certificate(tmp_path, "first.example")
    return tmp_path


def listener(directory, port, options=""):
    return f'addListener("127.0.0.1:{port}", true, "{directory}/cert.pem", "{directory}/key.pem", {{{options}}})\n'


def s_client(port, *options):
    """(whether the handshake succeeded, what openssl says)"""
    run = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(20),
    )
    return run.returncode == 0 and "Cipher is (NONE)" not in run.stdout, run.stdout + run.stderr


def test_the_least_version_is_1_2_by_default(launch, certificate):
    port = free_port()
    launch(PLAIN + listener(certificate, port))
    # Security level 0, or openssl itself would refuse to speak the old versions.
    assert not s_client(port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")[0]
    assert s_client(port, "-tls1_2")[0]
    assert s_client(port, "-tls1_3")[0]


def test_no_key_exchange_without_forward_secrecy(launch, tmp_path):
    """With an RSA key, for which TLS 1.2 has one. Who asks for it in the configuration gets it."""
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*words, "-subj", "/CN=localhost"], cwd=tmp_path, check=True, capture_output=True)
    port, other = free_port(), free_port()
    launch(PLAIN + listener(tmp_path, port) + listener(tmp_path, other, 'CipherString="AES128-GCM-SHA256"'))
    assert s_client(port, "-tls1_2")[0]
    assert not s_client(port, "-tls1_2", "-cipher", "AES128-GCM-SHA256:AES256-SHA")[0]
    assert s_client(other, "-tls1_2", "-cipher", "AES128-GCM-SHA256")[0]


@pytest.mark.parametrize("name", ["MinProtocol", "minprotocol", "min_protocol", "minimum_protocol"])
def test_nobody_speaks_below_the_configured_version(launch, certificate, name):
    port = free_port()
    launch(PLAIN + listener(certificate, port, f'{name}="TLSv1.3"'))
    assert not s_client(port, "-tls1_2")[0]
    assert s_client(port, "-tls1_3")[0]


def test_options_go_to_openssl(launch, certificate):
    port = free_port()
    launch(PLAIN + listener(certificate, port, 'MaxProtocol="TLSv1.2", CipherString="ECDHE-ECDSA-AES256-GCM-SHA384"'))
    assert not s_client(port, "-tls1_3")[0]
    assert not s_client(port, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")[0]
    assert s_client(port, "-tls1_2")[0]


@pytest.mark.parametrize("options, named", [('NoSuchOption="1"', "NoSuchOption"), ('MinProtocol="TLSv9"', "MinProtocol")])
def test_bad_options_are_fatal_and_named(certificate, options, named):
    daemon = Daemon(certificate, PLAIN + listener(certificate, free_port(), options), ("--check-config",)).start()
    assert daemon.wait_exit() == 1
    assert named in "\n".join(daemon.messages())


def test_a_report_over_tls(launch, certificate):
    port = free_port()
    daemon = launch(PLAIN + listener(certificate, port) + "setReport(function(lt) infoLog(lt.login, {}) end)\n")
    answer = subprocess.run(
        ["curl", "-sS", "--cacert", "cert.pem", "--connect-to", f"first.example:{port}:127.0.0.1:{port}", "-u", "x:super"]
        + ["-d", '{"login":"over tls"}', f"https://first.example:{port}/?command=report"],
        cwd=certificate,
        capture_output=True,
        text=True,
        timeout=patient(20),
    )
    assert answer.stdout == '{"status":"ok"}', answer.stderr
    daemon.wait_for_line("^over tls$")


def test_certificates_are_read_again_on_sighup(launch, certificate):
    port = free_port()
    daemon = launch(PLAIN + listener(certificate, port))
    assert "first.example" in s_client(port)[1]
    make_certificate(certificate, "second.example")
    assert "first.example" in s_client(port)[1]
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "second.example" in s_client(port)[1])
    (certificate / "key.pem").write_text("nonsense")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line("The configuration was not reloaded")
    assert "second.example" in s_client(port)[1]
