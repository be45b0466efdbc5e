#!/usr/bin/python3
"""The schema for editors knows every setting, takes what prong takes and refuses the rest.

    test_schema.py SCHEMA ROOT
"""

import json
import re
import sys
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"test_schema: skipped: {error}")
    sys.exit(77)

SCHEMA = json.loads(Path(sys.argv[1]).read_text())
ROOT = Path(sys.argv[2])
CASES = ROOT / "tests" / "unit" / "config"
SETTING = re.compile(r'^SETTING\("([a-z-]+)", (\w+), \w+, [^,]+, [^,]+, "([^"]*)"', re.M)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)

# YAML as most editors read it, and as prong does: every scalar is text.
LOADERS = (yaml.SafeLoader, yaml.BaseLoader)


def service(**settings):
    settings = {name.replace("_", "-"): value for name, value in settings.items()}
    return {"services": {"a": {"listen": 1, "program": ["x"], **settings}}}


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_setting_is_in_it():
    rows = SETTING.findall((ROOT / "src" / "conf" / "settings.def").read_text())
    assert len(rows) > 30
    settings = SCHEMA["definitions"]["settings"]["properties"]
    of_service = SCHEMA["definitions"]["service"]["properties"]
    assert list(settings) == [name for name, _, _ in rows]
    for name, _, preset in rows:
        assert settings[name].get("default", "") == preset, name
        assert settings[name]["description"], name
        assert of_service[name] == {"$ref": f"#/definitions/settings/properties/{name}"}
    assert set(of_service) == set(settings) | {"listen", "program"}


def test_every_default_is_accepted():
    for name, row in SCHEMA["definitions"]["settings"]["properties"].items():
        if "default" in row:
            VALIDATOR.validate(service(**{name: row["default"]}))


def test_what_prong_accepts_is_accepted():
    accepted = [path for path in sorted(CASES.glob("*.yaml"))
                if re.match(r"log|service ", path.with_suffix(".said").read_text())]
    assert len(accepted) >= 3
    for path in accepted + [ROOT / "examples" / "prong.yaml"]:
        for loader in LOADERS:
            for error in VALIDATOR.iter_errors(yaml.load(path.read_text(), loader)):
                raise AssertionError(f"{path.name}: {loader.__name__}: {error.message}")


def test_values_of_each_kind():
    good = (
        dict(max=1000000), dict(max="auto"), dict(max_per_source="none"), dict(nice=-20),
        dict(idle_timeout="1.5s"), dict(idle_timeout=0.5), dict(idle_timeout=False),
        dict(memory="64K"), dict(memory="1.5GiB"), dict(core=0), dict(no_delay=True),
        dict(no_delay="on"), dict(unbuffer=0), dict(stderr=None), dict(pty=False),
        dict(env_style="none"), dict(env_style="ucspi,cgi"), dict(umask="022"), dict(umask=18),
        dict(source_prefix="32/64"), dict(banner="hi"), dict(user=1000), dict(dir="/"),
        dict(env="A=1"), dict(env=["A="]), dict(env={"A": None, "B": 1}), dict(pass_env=["TZ"]),
        dict(groups=["a", 4]), dict(rate="10/s"), dict(rate="100/m:20"), dict(rate=False),
        dict(rate_per_source="off"), dict(early_drop="10:30:100"), dict(stress="80:20"),
        dict(stress=4820), dict(stress=False), dict(penalty=["exit!=0:5s", "signal=SEGV:1.5m"]),
        dict(refuse_text_for="rate=x"), dict(refuse_text_for={"rate": "x", "gone": 1}),
        dict(allow="192.0.2.0/24"), dict(deny=["all"]), dict(policy=["/bin/x", "-a"]),
        dict(uid_range="100000-165535"), dict(uid_range=False), dict(limit="stack=8M"),
        dict(limit=["nofile=64:128", "cpu=30s"]), dict(limit={"stack": "8M", "nice": 5}),
        dict(capabilities=["net_raw", "CAP_KILL"]), dict(capabilities="none"), dict(connect=443),
        dict(connect=["443", 80]), dict(bind="none"), dict(scope=["signals"]),
        dict(namespaces=["pid", "mount"]), dict(read=["@system", "/srv"]), dict(write="none"),
        dict(execute="/usr/bin"), dict(hide="/home"), dict(syscalls="@default,-ptrace"),
        dict(syscalls=["@default", "openat2"]), dict(cgroup="/sys/fs/cgroup/x"),
        dict(cgroup=False), dict(root="/srv/root"),
    )
    for settings in good:
        VALIDATOR.validate(service(**settings))
    bad = (
        dict(max=0), dict(max="none"), dict(max=[1]), dict(nice=20), dict(keepalive=1.5),
        dict(idle_timeout="5x"), dict(term_grace=False), dict(memory="64X"), dict(memory=1),
        dict(no_delay="perhaps"), dict(stderr="file"), dict(env_style="ucspi cgi"),
        dict(umask="9"), dict(source_prefix="32"), dict(user=""), dict(dir="srv"),
        dict(env="A"), dict(env={"1A": 1}), dict(pass_env="A=1"), dict(colour="red"),
        dict(program=[]), dict(listen={}), dict(rate="10"), dict(rate=10), dict(stress="80"),
        dict(early_drop="10:30"), dict(penalty="exit"), dict(refuse_text_for="rates=x"),
        dict(refuse_text_for={"rates": "x"}), dict(allow={"10.0.0.0/8": 1}),
        dict(uid_range="100000"), dict(uid_range=7), dict(limit="stack"), dict(limit="stak=1"),
        dict(limit={"stak": 1}), dict(capabilities="net-raw"), dict(connect=0),
        dict(connect="http"), dict(bind=65536), dict(scope="signal"), dict(namespaces="net"),
        dict(read="srv"), dict(write="@system"), dict(hide="none"), dict(syscalls="read write"),
        dict(cgroup="on"), dict(root="srv"),
    )
    for settings in bad:
        assert not VALIDATOR.is_valid(service(**settings)), settings


def test_the_top_level():
    assert VALIDATOR.is_valid({"include": "x", "log": "text", "quiet": "yes", "name": "a"})
    assert VALIDATOR.is_valid({"control": "/run/x"})
    assert VALIDATOR.is_valid({"control": "off"})
    for wrong in (
        {"log": "xml"}, {"control": "x"}, {"name": "a b"}, {"services": {}}, {"colour": 1},
        {"services": {"a b": {}}}, {"services": {"a": {"listen": 1}}}, {"defaults": {"listen": 1}},
        [],
    ):
        assert not VALIDATOR.is_valid(wrong), wrong


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print(f"{name}: ok")
