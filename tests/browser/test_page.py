"""The page as a person uses it: it shows what happens while it happens, acts on connectors, and says what is wrong."""

import pytest
from browser.conftest import AXE

from harness import events, kcat, load, waits
from harness.logins import hashed, private
from harness.pipe import Pipe

TOPIC = "dbserver1.public.orders"
DLQ = "orders.dead"


@pytest.fixture
def pipe(folder, db, hosts):
    made = Pipe(folder, db, hosts, {TOPIC: 4, DLQ: 1})
    yield made
    made.stop()


@pytest.fixture
def host(pipe, sink):
    made = pipe.need_host()
    made.connector("orders", sink(errors_tolerance="all", **{
        "errors.deadletterqueue.topic.name": DLQ, "errors.deadletterqueue.context.headers.enable": "true"}))
    made.start()
    made.wait_running("orders")
    return made


def see(tab, host, where=""):
    tab.goto(f"http://127.0.0.1:{host.port}/ui{where}")


def shown(tab, text, seconds=20):
    tab.get_by_text(text).first.wait_for(timeout=seconds * 1000)


def assert_accessible(tab, where):
    """axe-core finds nothing serious. Its script is read into the page as its author's would not be allowed to come from elsewhere."""
    tab.evaluate(AXE.read_text())
    found = tab.evaluate("async () => (await axe.run()).violations.filter(v => ['serious', 'critical'].includes(v.impact))")
    assert found == [], f"{where}: {[(one['id'], one['help'], [node['html'] for node in one['nodes']][:3]) for one in found]}"


def figure(tab, name):
    """The number of the figure with that name on a connector's page; None: there is none."""
    box = tab.locator("dl.figures > div", has_text=name).locator("dd")
    text = box.first.inner_text().replace(",", "").split()[0] if box.count() else ""
    try:
        return float(text)
    except ValueError:
        return None


def test_throughput_moves_and_a_pause_stops_it(pipe, host, tab, picture, folder):
    see(tab, host)
    shown(tab, "RUNNING")
    generator = load.Load(folder, pipe.bootstrap, TOPIC, rate=300)
    try:
        see(tab, host, "#/connectors/orders")
        waits.until("the rate is shown", lambda: (figure(tab, "Records/s") or 0) > 100, 20)
        picture("at-work")
        assert_accessible(tab, "a connector at work")
        tab.get_by_role("button", name="Pause").click()
        shown(tab, "PAUSED")
        waits.until("nothing is written any more", lambda: figure(tab, "Records/s") == 0, 20)
        waits.until("the lag grows", lambda: (figure(tab, "Lag") or 0) > 100, 20)
        picture("paused")
        assert host.rest.status("orders")["connector"]["state"] == "PAUSED"
        tab.get_by_role("button", name="Resume").click()
        waits.until("it goes on", lambda: (figure(tab, "Records/s") or 0) > 100, 20)
    finally:
        generator.stop()


def test_a_failure_is_shown_with_its_cause_and_what_to_do(pipe, host, tab, picture, db, sink):
    host.connector("strict", sink(table_name="missing"))
    host.connector("broken", sink())
    waits.until("both are there", lambda: {"strict", "broken"} <= set(host.rest.get("/connectors").body), 20)
    kcat.produce(pipe.bootstrap, TOPIC, 0, [('{"order_id": 1}', "this is no event")])
    see(tab, host)
    shown(tab, "FAILED")
    shown(tab, "create the table, or correct table.name")
    picture("overview")
    assert_accessible(tab, "the overview with failures")
    tab.get_by_role("link", name="broken").click()
    shown(tab, f"{TOPIC}-0@0")
    tab.emulate_media(color_scheme="dark")
    picture("dark")
    assert_accessible(tab, "a failed connector in the dark")
    tab.get_by_role("link", name="Log", exact=True).click()
    tab.get_by_label("Shown are").select_option("errors")
    shown(tab, "FAILED: ")
    assert tab.get_by_role("cell", name="info").count() == 0


def test_a_dead_letter_is_read_and_replayed(pipe, host, tab, picture, db):
    db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE varchar(5)")
    kcat.produce(pipe.bootstrap, TOPIC, 2, [events.envelope("c", 7, product="Widget")])
    waits.until("it is refused", lambda: kcat.ends(pipe.bootstrap, DLQ, 1)[0] == 1, 20)
    see(tab, host, "#/connectors/orders/dead-letters")
    shown(tab, f"{TOPIC}-2@0")
    shown(tab, "22001")
    picture("letters")
    assert_accessible(tab, "the dead letters")
    db.sql("ALTER TABLE orders_ledger ALTER product_name TYPE varchar(255)")
    tab.get_by_role("button", name="Replay all").click()
    shown(tab, "would be replayed")
    assert db.value("SELECT count(*) FROM orders_ledger") == 0
    assert_accessible(tab, "the question whether to replay")
    tab.get_by_role("button", name="Replay now").click()
    shown(tab, "The last replay")
    picture("replayed")
    assert db.sql("SELECT order_id, product_name FROM orders_ledger") == [(7, "Widget")]


@pytest.mark.parametrize("where", ["", "#/connectors/orders", "#/connectors/orders/offsets", "#/connectors/orders/log", "#/connectors/orders/config", "#/plugins"])
def test_each_view_can_be_read_on_a_phone_and_by_a_screen_reader(host, tab, picture, where):
    tab.set_viewport_size({"width": 360, "height": 740})
    see(tab, host, where)
    tab.get_by_role("heading", level=1).wait_for()
    tab.wait_for_timeout(1500)  # whatever it still asks for
    picture(where.replace("/", "-").strip("#-") or "overview")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it is wider than the phone"
    assert_accessible(tab, where)


TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def locked(host, folder):
    """The same host, with logins."""
    host.stop()
    host.configure(rest_auth_basic_file=private(folder / "users", f"boss:admin:{hashed('päss:word')}\nlooker:read:{hashed('look')}\n"),
                   rest_auth_bearer_file=private(folder / "tokens", f"read:{TOKEN}\n"))
    host.start()
    return host


def log_in(tab, user, password):
    tab.get_by_label("User (none for a token)").fill(user)
    tab.get_by_label("Password or token").fill(password)
    tab.get_by_role("button", name="Log in").click()


@pytest.mark.complains("status of 401")  # the browser's own line about each refusal
def test_one_logs_in_by_a_form_acts_and_logs_out(locked, tab, picture):
    see(tab, locked)
    shown(tab, "Log in")
    picture("form")
    assert_accessible(tab, "the form")
    log_in(tab, "boss", "wrong")
    shown(tab, "user, password or token is wrong")
    log_in(tab, "boss", "päss:word")
    shown(tab, "RUNNING")
    cookie, = tab.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["name"]) == (True, "Strict", f"sluice-{locked.port}")
    tab.reload()
    shown(tab, "RUNNING")
    see(tab, locked, "#/connectors/orders")
    tab.get_by_role("button", name="Pause").click()
    shown(tab, "PAUSED")
    tab.get_by_role("button", name="Log out").click()
    shown(tab, "You have logged out.")
    tab.reload()
    shown(tab, "Log in")


@pytest.mark.complains("status of 401")
@pytest.mark.complains("status of 403")
def test_another_tab_logs_in_anew_and_this_one_goes_on(locked, tab):
    see(tab, locked)
    log_in(tab, "boss", "päss:word")
    see(tab, locked, "#/connectors/orders")
    shown(tab, "orders")
    other = tab.context.new_page()
    see(other, locked)
    other.get_by_role("button", name="Log out").click()
    log_in(other, "boss", "päss:word")
    shown(other, "orders")
    tab.get_by_role("button", name="Pause").click()
    shown(tab, "PAUSED")


@pytest.mark.complains("status of 401")
def test_who_may_only_look_sees_no_buttons_that_act(locked, tab, picture):
    see(tab, locked)
    log_in(tab, "", TOKEN)
    see(tab, locked, "#/connectors/orders")
    shown(tab, "You may look only")
    for name in ("Pause", "Stop", "Restart"):
        button = tab.get_by_role("button", name=name, exact=True)
        assert button.count() == 0 or button.is_disabled() or button.get_attribute("aria-disabled") == "true", name
    picture("read-only")


@pytest.mark.complains("status of 401")
@pytest.mark.complains("net::ERR_")
def test_a_host_that_was_started_anew_asks_for_a_login_again(locked, tab):
    see(tab, locked)
    log_in(tab, "looker", "look")
    shown(tab, "RUNNING")
    locked.stop()
    locked.start()
    shown(tab, "The session has ended. Log in again.", 40)
