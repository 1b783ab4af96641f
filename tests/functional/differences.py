# SPDX-License-Identifier: Apache-2.0
"""Where trackalert answers a captured case otherwise than the original, and why.

REASONS names each difference as docs/differences.md does. The tables below it say, per file of captures, which case
differs and what is expected instead; a case that is not listed must come out as captured.
"""

from dataclasses import dataclass

REASONS = {
    "http-first-colon": "the password begins behind the first colon of the credentials, and ends with them",
    "http-empty-user": "an empty user name is as good as any other",
    "http-client-errors": "what the client got wrong is answered 400, not 500, with a reason in valid JSON",
    "report-refused": "a report without login and remote, with a remote that is no address, or that is no object is refused",
    "http-limits": "a head of more than 16 KiB is refused",
    "http-malformed": "a malformed request is answered at once",
    "http-host": "a request of HTTP/1.1 without Host, or with two, is refused",
    "http-form-body": "the command is never taken from a form in the body",
    "http-json-type": "JSON bodies carry the JSON content type, whoever wrote them",
    "http-gzip": "compressed bodies are taken, and refused where they are broken",
    "config-fatal": "a listener that cannot be is fatal, not left out",
    "geo-float": "a database's 32-bit positions are read too",
    "custom-names": "names of custom endpoints are literal",
    "custom-lone-result": "a custom function that returns no table is told what is expected",
    "lua-errors-are-strings": "errors of built-in functions are strings that name the reason",
    "lua-readable-types": "type errors name the expected type in words",
    "lua-group-size": "NetmaskGroup has size() and clear() in every state",
    "lua-52": "the system's LuaJIT may be built without the parts of Lua 5.2",
    "lua-sigchld": "os.execute() and io.popen() see exit statuses",
    "lua-set-key": "setKey() returns whether the key is good in every state",
    "lua-log-escapes": "control characters in log messages are escaped",
    "report-time": "a report without a time, or with 0, happened now",
    "device-parsing": "reports without device_attrs are parsed here",
    "device-cache": "parsing depends on protocol and device_id alone, not on what was asked before",
    "cron-syntax": "ranges, lists, steps and names work, and what is no cron expression is refused",
    "cron-never": "an expression that never comes due is refused, and the rare ones work",
    "interval-syntax": "sloppy durations may be refused",
    "cli-unknown-option": "an unknown option ends the program with status 2",
    "cli-fatal-status": "every fatal error exits 1",
    "cli-regexes": "-R is an option",
    "cli-version": "--version prints the version",
    "cli-client-argument": "-c takes no word that starts with a dash",
    "cli-missing-config": "a configuration file that is missing is fatal, except for a client",
    "console-acl-order": "showACL() lists in the order of addition",
    "key-required": "without a valid key there is no control socket",
}


@dataclass(frozen=True)
class Difference:
    """What to expect of one captured HTTP exchange instead. Fields left alone are as captured."""

    id: str
    status: tuple = ()
    body: object = None  # exact bytes
    reason: object = None  # a pattern for "reason" in a JSON failure
    closes: object = None
    silent: bool = False  # no answer in reasonable time is right as well

    def __post_init__(self):
        assert self.id in REASONS


UNAUTHORIZED = b'{"status":"failure", "reason":"Unauthorized"}'
NOT_FOUND = b'{"status":"failure", "reason":"Not found"}'

_NO_WHO = Difference("report-refused", status=(400,), reason="(?i)login|remote")

HTTP_PROTOCOL = {
    "auth empty user": Difference("http-empty-user", status=(200,)),
    "auth trailing colon": Difference("http-first-colon", status=(401,), body=UNAUTHORIZED),
    "auth many colons": Difference("http-first-colon", status=(401,), body=UNAUTHORIZED),
    "auth nul": Difference("http-first-colon", status=(401,), body=UNAUTHORIZED),
    "POST /?command=report": _NO_WHO,
    "POST /command/report": _NO_WHO,
    "expect 100": _NO_WHO,
    "no ct": _NO_WHO,
    "form ct": _NO_WHO,
    "gzip request body": Difference("http-gzip", status=(400,), reason=""),
    "form ct with command in body": Difference("http-form-body", status=(404,), body=NOT_FOUND),
    "bad request line": Difference("http-malformed", status=(400,), closes=True),
    "HTTP/1.1 no host": Difference("http-host", status=(400,), closes=True),
    "LF only": Difference("http-malformed", status=(400,), closes=True),
    "neg content length": Difference("http-malformed", status=(400, 413), closes=True),
    "many headers": Difference("http-limits", status=(431,), closes=True),
    "huge uri": Difference("http-limits", status=(414, 431), closes=True),
}

HTTP_JSON_ERRORS = {
    "report: null": Difference("report-refused", status=(400,), reason="."),
    "report: array": Difference("report-refused", status=(400,), reason="(?i)object"),
    "report: string": Difference("report-refused", status=(400,), reason="(?i)object"),
    "report: number": Difference("report-refused", status=(400,), reason="(?i)object"),
    "report: true": Difference("report-refused", status=(400,), reason="(?i)object"),
    "custom: null": Difference("http-client-errors", status=(400,), reason=""),
}

HTTP_CUSTOM = {
    "c_true": Difference("custom-lone-result", status=(500,)),
    "c_nmgerr": Difference("lua-errors-are-strings", status=(500,), reason="Unable to convert 'garbage' to a netmask"),
    "abc": Difference("custom-names", status=(404,), body=NOT_FOUND),
    "report": _NO_WHO,
}

# By the report's login; the field that the refusal must name.
REPORTS_REFUSED = {
    None: "login",  # {"login": 5, ...}: a field of the wrong type counts as missing
    "r5": "remote",
    "r6": "remote",
    "r11": "remote",
    "r12": "remote",
    "r16": "remote",
    "r18": "remote",
    "r19": "remote",
    "r22": "remote",
    "r17": "remote",  # a port beyond 65535
}

# The device_attrs that a report may have instead of none.
REPORTS_DEVICE_PARSED = {
    "dev2": (
        "browser.family=Mobile Safari UI/WKWebView,browser.major=,browser.minor=,device.brand=Apple,device.family=iPhone,"
        "device.model=iPhone,os.family=iOS,os.major=10,os.minor=0"
    ),
    "dev1": "imapc.family=Mac OS X Mail,imapc.major=10,imapc.minor=0,os.family=Mac OS X,os.major=10,os.minor=12",
}

# Lua expressions: (difference, success, a pattern for the whole text)
_STRING_ERROR = ("lua-errors-are-strings", False, r"(?!userdata).+")
_BAD_MASK = ("lua-errors-are-strings", False, r".*Unable to convert '(bad)?' to a netmask.*")
LUA_PROBES = {
    'local a=newCA("1.2.3.4") a.x=1': _STRING_ERROR,
    "local n=newNetmaskGroup() return n:size()": ("lua-group-size", True, "0"),
    "local n=newNetmaskGroup() n:clear()": ("lua-group-size", True, "nil"),
    'local n=newNetmaskGroup() n:addMask("10.0.0.0/8") local a=n:size() n:clear() return a.." "..n:size()': (
        "lua-group-size",
        True,
        "1 0",
    ),
    'local n=newNetmaskGroup() n:addMask("bad")': _BAD_MASK,
    'local n=newNetmaskGroup() n:addMask("") ': _BAD_MASK,
    'return newNetmask("1.2.3.4/x"):toStringNetwork()': ("lua-errors-are-strings", False, r".*bad number of bits in '1\.2\.3\.4/x'"),
    'return tostring(setKey("x"))': ("lua-set-key", True, "false"),
    'return os.execute("true")': ("lua-sigchld", True, "true|0"),  # success, in the words of 5.2 or 5.1
    "return #setmetatable({},{__len=function() return 7 end})": ("lua-52", True, "7|0"),
    'return table.pack and "pack" or "nopack"': ("lua-52", True, "pack|nopack"),
    "return tostring(package.loaded.ffi)": ("lua-52", True, "table: 0x[0-9a-f]+|nil"),  # loaded in this worker or not
    "lt.success=1": _STRING_ERROR,
    'lt.attrs_mv={a={"x"}} ': _STRING_ERROR,
    "lt.nosuch=1": _STRING_ERROR,
    'lt.remote="1.2.3.4"': _STRING_ERROR,
}
LUA_PROBES_LOG = {
    r'infoLog("multi\nline",{})': ("lua-log-escapes", r"multi\nline"),
}

# Cron expressions whose fate changed: (difference, accepted).
CRON = {
    "5 4 1 1 0": ("cron-never", True),
    "0 0 31 2 *": ("cron-never", False),
    "*/5 * * * *": ("cron-syntax", True),
    "5x * * * *": ("cron-syntax", False),
    "* * * * 7": ("cron-syntax", True),
    "* * * * MON": ("cron-syntax", True),
    "* * * JAN *": ("cron-syntax", True),
    "@daily": ("cron-syntax", True),
    "0x5 * * * *": ("cron-syntax", False),
    "+5 * * * *": ("cron-syntax", False),
}

# What a cache that forgot the protocol spoiled in the captures.
_NO_IMAP = dict.fromkeys(
    ("imapc.family", "imapc.major", "imapc.minor", "os.family", "os.major", "os.minor"), ""
)
_NO_APP = dict.fromkeys(
    ("app.brand", "app.name", "app.major", "app.minor", "os.family", "os.major", "os.minor", "device.family"), ""
)
_NO_BROWSER = {
    **dict.fromkeys(("device.model", "device.brand", "os.major", "os.minor", "browser.major", "browser.minor"), ""),
    **dict.fromkeys(("device.family", "os.family", "browser.family"), "Other"),
}
DEVICES = {
    ("imap", ""): _NO_IMAP,
    ("mobileapi", ""): _NO_APP,
    ("imap", "curl/7.88.1"): _NO_IMAP,
    ("http", '"name" "S" "version" "1.2"'): _NO_BROWSER,
}


# Look-ups of GeoIP databases: what comes out instead.
GEO_LOOKUPS = {
    "lookupCity 2.2.2.2": ("geo-float", "latitude=10.5;"),
}
