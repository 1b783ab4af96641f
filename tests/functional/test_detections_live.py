# SPDX-License-Identifier: Apache-2.0
"""The detections in the daemon: reports come in, alerts are logged, a reload changes the rules and keeps the memory."""

import signal

from harness.history import REMEMBERING, remember

GUESSING = r"Alert: 192\.0\.2\.1 tried \d+ different passwords for ann within 10 minutes\. \(brute_force, (\w+), id \w{16}\)"


def guess(daemon, first, end, remote="192.0.2.1", login="ann"):
    for number in range(first, end):
        remember(daemon, login, remote, success=False, pwhash=f"{number:03x}")


def test_an_attack_is_logged_once(launch):
    daemon = launch(REMEMBERING + "enableDefaultDetections()\n")
    guess(daemon, 0, 25)
    daemon.wait_for_line(GUESSING)
    assert sum("Alert: " in line for line in daemon.messages()) == 1
    assert daemon.metrics()['trackalert_detections_alerts_total{detection="brute_force"}'] == 1


def test_a_reload_changes_the_rules_and_keeps_what_is_remembered(launch):
    daemon = launch(REMEMBERING + "enableDetection('brute_force', { min_guesses = 40 })\n")
    guess(daemon, 0, 8)
    daemon.write_config(REMEMBERING + "enableDetection('brute_force', { min_guesses = 9, severity = 'critical' })\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line("The configuration was reloaded")
    guess(daemon, 8, 9)
    assert daemon.wait_for_line(GUESSING)[1] == "critical"


def test_a_mistake_keeps_the_old_rules(launch):
    daemon = launch(REMEMBERING + "enableDefaultDetections()\n")
    daemon.write_config(REMEMBERING + "enableDetection('brute_farce')\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_line('there is no detection "brute_farce", only account_taken')
    guess(daemon, 0, 10)
    daemon.wait_for_line(GUESSING)


def test_without_a_history_nothing_is_judged_and_that_is_said(launch):
    config = REMEMBERING.replace('setHistoryDir("history")', "") + "enableDefaultDetections()\n"
    launch(config).wait_for_line(r"The detections judge nothing without setHistoryDir\(\)")
