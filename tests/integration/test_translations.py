"""What the command says in Chinese, how it is laid out, and what stays English.

PRONG_HERE is the command from the same objects, which looks for its catalogues in the
build folder.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import unicodedata

import pytest

from harness import ALARM
from harness.control import path_of
from harness.server import PRONG

HERE = os.path.abspath(os.environ.get("PRONG_HERE", "build/tests/integration/prong-here"))
PLAIN_LOCALES = ["/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8"]
COMMANDS = ("ps top status stats kill pause resume drain reload upgrade check explain "
            "import schema completion").split()


@pytest.fixture(scope="session")
def chinese(tmp_path_factory):
    """An environment in which zh_CN.UTF-8 is a locale, whatever the machine has: the name
    is what counts, and that its characters are UTF-8."""
    if not os.path.exists(HERE):
        pytest.skip(f"there is no {HERE}; build it first")
    if shutil.which("msgfmt") is None:
        pytest.skip("needs gettext: no catalogue was built")
    plain = [path for path in PLAIN_LOCALES if os.path.isdir(path)]
    if not plain:
        pytest.skip(f"there is no locale of UTF-8 here: {', '.join(PLAIN_LOCALES)}")
    folder = tmp_path_factory.mktemp("locale")
    (folder / "zh_CN.UTF-8").symlink_to(plain[0])
    env = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    env.pop("LANGUAGE", None)
    # glibc's newlocale() forgets what it made of LOCPATH.
    (folder / "leaks").write_text("leak:__argz_add_sep\n")
    return {**env, "LOCPATH": str(folder), "LANG": "zh_CN.UTF-8",
            "LSAN_OPTIONS": f"suppressions={folder}/leaks:print_suppressions=0"}


def say(env, *words, binary=HERE):
    return subprocess.run([binary, *map(str, words)], env=env, capture_output=True,
                          text=True, timeout=ALARM, check=False, stdin=subprocess.DEVNULL)


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def is_chinese(text):
    return re.search("[\u4e00-\u9fff]", text) is not None


# ---- help --------------------------------------------------------------------------------


def test_help_is_chinese_and_in_its_columns(chinese):
    lines = say(chinese, "--help").stdout.splitlines()
    assert lines[0] == "prong 给每个连接一个独立的进程。"
    assert "准入：规则：" in lines and "命令本身：" in lines
    options = [line for line in lines if re.match(r"  -", line)]
    assert len(options) > 40
    for line in options:
        left, right = re.match(r"(  .*?)(?:  +(\S.*))?$", line).groups()
        assert is_chinese(right or "中"), line
        assert right is None or width(line) - width(right) == 30, line
        assert (right is None or len(left) <= 28) and width(line) <= 88, line
    assert max(map(width, lines)) <= 90


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_chinese_help(chinese, command):
    done = say(chinese, command, "--help")
    assert done.returncode == 0
    # What completion prints for a shell are paths.
    assert is_chinese(done.stdout) or command == "completion"


def test_completions_say_what_an_option_is_for(chinese):
    assert "同时存在的会话数" in say(chinese, "completion", "fish").stdout


# ---- mistakes ----------------------------------------------------------------------------


def test_mistakes_of_a_command_line(chinese):
    done = say(chinese, "127.1:7006", "--max", "0", "--umas", "7")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "prong: '127.1:7006' 不是地址：端口之前不是 IPv4 地址",
        "prong: --max: '0' 不可用，应为：1 到 1000000 的数字，或 auto（默认 auto）",
        "prong: 没有 --umas 这个选项；是否想写 --umask？",
        "prong: 什么都没有启动；全部选项见 prong --help",
    ]


def test_a_diagnostic_underlines_the_word_that_is_wrong(chinese, tmp_path):
    config = tmp_path / "中.yaml"
    config.write_text('services:\n  echo: {listen: 9999, program: ["@echo"], '
                      'banner: 你好，世界, max: 无, linger: 1s}\n')
    done = say(chinese, "check", "-f", config)
    message, line, under = done.stderr.splitlines()[:3]
    assert message.endswith(": max: '无' 不可用，应为：1 到 1000000 的数字，或 auto（默认 auto）")
    before = under[:len(under) - len(under.lstrip())]
    assert width(before) == width(line[:line.index("无")])
    assert under.strip() == "^~"


def test_what_yaml_says_is_chinese(chinese, tmp_path):
    config = tmp_path / "x.yaml"
    config.write_text("services:\n\techo: 1\n")
    assert "YAML 用空格缩进，不用制表符" in say(chinese, "check", "-f", config).stderr


def test_the_systems_own_words_in_a_diagnostic(chinese, tmp_path):
    assert "不存在" in say(chinese, "check", "-f", tmp_path / "none").stderr


def test_an_import_and_its_remarks(chinese, tmp_path):
    config = tmp_path / "inetd.conf"
    config.write_text("echo dgram udp wait root internal\nnonsense\n")
    done = say(chinese, "import", "inetd", config)
    assert "不是服务" in done.stderr and "数据报（UDP）不是连接" in done.stdout


# ---- servers that run --------------------------------------------------------------------


def rows_and_columns(output, titles):
    head, *rows = output.splitlines()
    for title in titles:
        assert title in head, head
    return head, rows


def test_ps_is_aligned(prong, puppet, chinese):
    server = prong("--name", "night", program=[puppet], binary=HERE, env=chinese)
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        server.begin(client)
    done = say(chinese, "ps", "--control", path_of(server.pid))
    head, rows = rows_and_columns(done.stdout, "编号 服务 来源 PID 时长 收 发 内存 状态".split())
    assert len(rows) == 2
    for row in rows:
        assert row.endswith("运行中")
        assert width(row[:row.index("运行中")]) == width(head[:head.index("状态")])
        pid = re.search(r" \d+ ", row[row.index(":"):])
        end = row.index(":") + pid.end() - 1
        assert width(row[:end]) == width(head[:head.index("PID") + 3])


def test_status_and_top_are_aligned(prong, chinese):
    server = prong(binary=HERE, env=chinese)
    control = ("--control", path_of(server.pid))
    status = say(chinese, "status", *control).stdout.splitlines()
    assert "服务中" in status[0] and "会话" in status[1]
    head, row = status[-2:]
    assert width(head[:head.index("状态")]) == width(row[:row.index("监听中")])
    top = say(chinese, "top", "--once", *control).stdout
    assert "已运行" in top and "编号" in top and is_chinese(top.splitlines()[1])


def test_an_answer_of_a_server_is_said_in_chinese(prong, chinese):
    server = prong(binary=HERE, env=chinese)
    control = ("--control", path_of(server.pid))
    assert say(chinese, "pause", *control).stdout.endswith("所有服务 已暂停\n")
    assert say(chinese, "resume", *control).stdout.endswith("所有服务 已恢复\n")
    nobody = say(chinese, "kill", "192.0.2.7", *control)
    assert nobody.stderr == "prong kill: 没有活动的会话与 '192.0.2.7' 相符\n"


# ---- the log -----------------------------------------------------------------------------


def test_the_log_for_people_is_chinese(prong, puppet, chinese):
    server = prong("--name", "night", program=[puppet], log="text", binary=HERE, env=chinese)
    client = server.connect()
    client.command("exit 3")
    for line in (r"night: 在 127\.0\.0\.1:\d+ 上提供 .*；同时最多 \d+ 个会话",
                 r"night\[\w+\]: 开始 127\.0\.0\.1:\d+ pid \d+（1/\d+）",
                 r"结束 .*：exited 3，历时 .*，收 7 B，发 0 B，CPU "):
        server.journal.wait_line(re.compile(line))
    server.send_signal(signal.SIGTERM)
    server.journal.wait_line(re.compile("已停止：服务过 1 个会话，拒绝 0 次"))


def write_config(path, text):
    path.write_text(f'services: {{night: {{listen: "127.0.0.1:0", program: ["@echo"]}}}}\n{text}')


@pytest.mark.parametrize("log", ["json", "text"])
def test_a_log_for_programs_is_english_whatever_it_tells(prong, chinese, tmp_path, log):
    config = tmp_path / "night.yaml"
    write_config(config, "")
    server = prong("-f", config, listen=(), program=(), log=log, binary=HERE, env=chinese)
    server.expect("reload-failed")
    write_config(config, "servicex: 1\n")
    done = say({**chinese, "LANG": "C.UTF-8"}, "reload", "--control", path_of(server.pid))
    assert done.returncode == 1
    assert is_chinese(done.stderr) == (log == "text")
    if log == "text":
        server.journal.wait_line(re.compile("什么都没有改变，各服务照旧：.*是否想写 services？"))
        return
    event = server.wait_event("reload-failed")
    assert "did you mean services?" in event["text"]


def test_what_the_library_says_is_english(prong, chinese):
    server = prong()
    done = say(chinese, "--log", "text", server.addresses[0])
    assert done.returncode == 1
    assert "Address already in use" in done.stderr and not is_chinese(done.stderr)


# ---- without a language ------------------------------------------------------------------


@pytest.mark.parametrize("env", [
    {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "LANGUAGE": "zh_CN"},
    {"LC_ALL": "nowhere.UTF-8"},
])
def test_without_a_language_all_is_as_it_ever_was(env):
    if not os.path.exists(HERE):
        pytest.skip(f"there is no {HERE}; build it first")
    for words in (["--help"], ["--max", "0"], ["ps", "--nothing"], ["check", "-f", "/none"]):
        ours = say({**os.environ, **env}, *words)
        plain = say({**os.environ, "LC_ALL": "C"}, *words, binary=PRONG)
        assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)
        assert not is_chinese(ours.stdout + ours.stderr)


def test_json_for_programs_is_the_same(prong, chinese):
    server = prong(binary=HERE, env=chinese)
    control = ("--control", path_of(server.pid))
    for words in (["status", "--json"], ["stats", "--json"], ["ps", "--json"]):
        found = json.loads(say(chinese, *words, *control).stdout)
        assert not is_chinese(json.dumps(found, ensure_ascii=False))
