"""The page in a real browser: what users do, and what they get wrong."""

import io
import shutil
import time

import pytest
from conftest import tiny_config
from page_driver import Page, Server, photograph, studio
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from exprgan_tf.page.studio import EXAMPLES, STATIC

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="no chromium and chromedriver (Debian: chromium, chromium-driver)",
)


@pytest.fixture(scope="module")
def server(studio):
    server = Server(studio)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Photographs, and what is none."""
    folder = tmp_path_factory.mktemp("files")
    photograph((60, 90)).save(folder / "anna.png")
    photograph((40, 60), (280, 180)).save(folder / "two.png")
    photograph((60, 90)).save(
        folder / "pages.tif", save_all=True,
        append_images=[photograph((280, 180))],
    )
    Image.open(STATIC / EXAMPLES[1]).save(folder / "ben.png")
    Image.new("RGB", (400, 300), "tan").save(folder / "wall.png")
    Image.new("L", (8000, 5000)).save(folder / "huge.png")
    (folder / "text.jpg").write_text("I am a text\n" * 50)
    camera = photograph((180, 120), size=(640, 480))
    buffer = io.BytesIO()
    camera.save(buffer, "JPEG", quality=95)
    (folder / "camera.mjpeg").write_bytes(buffer.getvalue())
    return folder


@pytest.fixture(scope="module")
def browser(files, tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
        "--disable-dev-shm-usage", "--window-size=1280,900",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={files}/camera.mjpeg",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(
        options=options, service=webdriver.ChromeService(DRIVER)
    )
    yield browser
    browser.quit()


@pytest.fixture
def page(browser, server):
    return Page(browser, server)


def test_a_face_is_there_at_once_and_the_slider_moves_it(page):
    assert "happy 80 %" in page["after"].get_attribute("alt")
    assert page["speed"].text.endswith("ms")

    with page.another_picture():
        page.press("first-intensity", Keys.ARROW_LEFT * 30)
    page.wait(
        lambda: "happy 50 %" in page["after"].get_attribute("alt")
    )
    assert page["first-intensity"].get_attribute("aria-valuetext") == "50 %"
    for name in ("sad", "neutral"):
        with page.another_picture():
            page.pick("first", name)
    assert "neutral 50 %" in page["after"].get_attribute("alt")
    assert not page.message()


def test_a_photo_is_uploaded_and_compared(page, files):
    page.open_photo(files / "anna.png")
    whole = page.pixels()

    with page.another_picture():
        page["photograph"].click()
    face = page.pixels()
    with page.another_picture():
        page["photograph"].click()
    assert page.pixels() == whole != face
    page["compare"].click()
    before = page["before"]
    page.wait(lambda: before.is_displayed() and before.size["width"] > 100)
    shown = before.value_of_css_property("clip-path")
    page.press("split", Keys.ARROW_RIGHT * 20)
    page.wait(lambda: before.value_of_css_property("clip-path") != shown)
    width, height = page.browser.execute_script(
        "const b = document.getElementById('before');"
        "return [b.naturalWidth, b.naturalHeight]"
    )
    assert width > height > 100
    assert not page.message()


def test_a_file_of_several_pictures_says_that_one_is_used(page, files):
    for name, told in (("pages.tif", True), ("two.png", False)):
        page.open_photo(files / name)
        status = page["status"].text
        assert ("only one of its 2 pictures" in status) == told, status
        assert "Ready" in status


def test_two_expressions_are_mixed(page):
    assert not page["second-slider"].is_displayed()
    with page.another_picture():
        page.pick("second", "surprise")
    page.wait(lambda: page["second-slider"].is_displayed())
    with page.another_picture():
        page.press("second-intensity", Keys.END)
    page.wait(lambda: page["after"].get_attribute("alt").endswith(
        "happy 80 %, surprise 100 %"
    ))


def test_an_expression_is_borrowed_and_corrected(page, files):
    with page.another_picture():
        page.open(files / "two.png", "lender-file")
    assert page["lender"].is_displayed()
    choice = page["lender-expression"]
    read = choice.get_attribute("value")
    other = next(name for name in ("happy", "sad") if name != read)
    with page.another_picture():
        choice.send_keys(other)
    assert "borrowed 80 %" in page["after"].get_attribute("alt")
    with page.another_picture():
        page.press("first-intensity", Keys.HOME)


def test_new_people_and_examples(page):
    with page.another_picture():
        page["person"].click()
    with page.another_picture():
        page["person"].click()
    with page.another_picture():
        page["examples"].find_elements(By.TAG_NAME, "button")[2].click()
    pressed = page["examples"].find_elements(
        By.CSS_SELECTOR, "[aria-pressed=true]"
    )
    assert [button.get_attribute("value") for button in pressed] == ["2"]


def test_one_of_several_faces_is_chosen(page, files):
    page.open_photo(files / "two.png")
    faces = page["faces"].find_elements(By.TAG_NAME, "button")
    assert len(faces) == 2
    assert faces[0].get_attribute("aria-pressed") == "true"
    with page.another_picture():
        faces[1].click()
    faces = page["faces"].find_elements(By.TAG_NAME, "button")
    assert faces[1].get_attribute("aria-pressed") == "true"


def test_downloads(page, files, browser, tmp_path):
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {
        "behavior": "allow", "downloadPath": str(tmp_path),
    })
    page.open_photo(files / "anna.png")

    def arrived(button):
        page[button].click()
        page.wait(lambda: any(
            path.suffix in (".png", ".jpeg", ".gif")
            for path in tmp_path.iterdir()
        ))
        path, = tmp_path.iterdir()
        data = path.read_bytes()
        path.unlink()
        page.wait(page[button].is_enabled)
        return path.name, Image.open(io.BytesIO(data))

    name, image = arrived("save-picture")
    assert (name, image.size) == ("happy-80.jpeg", (500, 400))
    with page.another_picture():
        page["photograph"].click()
    name, image = arrived("save-picture")
    assert (name, image.size) == ("happy-80.png", (32, 32))
    name, image = arrived("save-grid")
    assert name == "expressions.png" and image.width > 800
    name, image = arrived("save-animation")
    assert name == "happy-80.gif" and image.n_frames > 10


@pytest.mark.parametrize("name, part", [
    ("text.jpg", "not an image"), ("huge.png", "at most 25 million"),
    ("wall.png", "No face was found"),
])
def test_wrong_files_are_told_and_the_page_still_works(
    page, files, name, part
):
    page.open(files / name)
    page.wait(lambda: part in page.message())
    page.wait(page.is_ready)
    with page.another_picture():
        page.press("first-intensity", Keys.HOME)
    assert part in page.message()

    page.open_photo(files / "anna.png")
    page.wait(lambda: not page.message())


def test_files_that_are_too_large_are_not_even_sent(page, tmp_path):
    (tmp_path / "large.jpg").write_bytes(bytes(15_000_001))
    page.open(tmp_path / "large.jpg")
    page.wait(lambda: "at most 15 MB" in page.message())
    page["message-close"].click()
    page.wait(lambda: not page.message())


def test_a_photo_is_dropped(page, files):
    data = (files / "anna.png").read_bytes()
    with page.another_picture():
        page.browser.execute_script("""
            const file = new File([new Uint8Array(arguments[0])], "a.png");
            const carried = new DataTransfer();
            carried.items.add(file);
            for (const kind of ["dragenter", "dragover", "drop"]) {
                document.body.dispatchEvent(new DragEvent(kind, {
                    bubbles: true, cancelable: true, dataTransfer: carried,
                }));
            }""", list(data))
    assert not page["drop"].is_displayed()


def allow_camera(page, setting):
    page.browser.execute_cdp_cmd("Browser.setPermission", {
        "permission": {"name": "camera"}, "setting": setting,
        "origin": page.origin,
    })


def test_a_photo_is_taken(page):
    allow_camera(page, "granted")
    page["camera"].click()
    page.wait(lambda: page["camera-dialog"].is_displayed())
    page.wait(lambda: page["video"].get_property("videoWidth"))
    with page.another_picture():
        page["shoot"].click()
    assert not page["camera-dialog"].is_displayed()
    assert not page.message()
    assert page["photograph-switch"].is_displayed()


def test_a_camera_that_is_not_allowed(page):
    allow_camera(page, "denied")
    page["camera"].click()
    page.wait(lambda: "Choose a photo instead" in page.message())
    with page.another_picture():
        page.press("first-intensity", Keys.HOME)


def test_the_server_stops_and_comes_back(page, files, server):
    """It has forgotten the photo then; the page sends it again."""
    page.open_photo(files / "anna.png")
    server.stop()
    page.press("first-intensity", Keys.HOME)
    page.wait(lambda: "does not answer" in page.message())
    server.start()
    with page.another_picture():
        page["message-again"].click()
    page.wait(lambda: not page.message())
    assert "happy 0 %" in page["after"].get_attribute("alt")
    assert page["photograph-switch"].is_displayed()


def test_a_fast_slider_ends_at_its_latest_value(page):
    page.browser.execute_script("""
        const slider = document.getElementById("first-intensity");
        for (let value = 0; value <= 100; value += 1) {
            slider.value = value;
            slider.dispatchEvent(new Event("input", {bubbles: true}));
        }""")
    page.wait(lambda: "100 %" in page["after"].get_attribute("alt"))
    sent = page.browser.execute_script("""
        return performance.getEntriesByType("resource").filter(
            (entry) => entry.name.endsWith("/edit")).length;""")
    # The first face and its tiles, the first value, and the last.
    assert sent <= 2 + 1 + len(tiny_config().classes) + 2


def test_a_phones_width_is_enough(page):
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True,
    })
    try:
        width = page.browser.execute_script(
            "return document.documentElement.scrollWidth"
        )
        assert width == 360
        # The face stays in sight while the sliders move.
        page.browser.execute_script(
            "arguments[0].scrollIntoView({block: 'end'})",
            page["second"],
        )
        time.sleep(0.2)
        top, bottom = page.browser.execute_script(
            "const r = document.getElementById('frame')"
            ".getBoundingClientRect(); return [r.top, r.bottom]"
        )
        assert top >= 0 and bottom < 740 / 2
    finally:
        page.browser.execute_cdp_cmd(
            "Emulation.clearDeviceMetricsOverride", {}
        )


def test_every_control_has_a_name_and_is_reached_by_keys(page):
    reached = set()
    for _ in range(60):
        page.browser.switch_to.active_element.send_keys(Keys.TAB)
        element = page.browser.switch_to.active_element
        if element.tag_name == "body":
            break
        assert element.accessible_name, element.get_attribute("outerHTML")
        reached.add(element.get_attribute("id") or element.get_attribute(
            "name"
        ))
    assert {
        "choose", "camera", "person", "first", "first-intensity", "second",
        "lend", "compare", "save-picture", "save-grid", "save-animation",
    } <= reached


def test_nothing_is_asked_of_anybody_else(page, files, browser):
    browser.get_log("browser")
    page.open_photo(files / "anna.png")
    names = browser.execute_script(
        "return performance.getEntriesByType('resource')"
        ".map((entry) => entry.name)"
    )
    assert len(names) > 10
    assert all(
        name.startswith((page.origin, f"blob:{page.origin}", "data:"))
        for name in names
    )
    assert browser.get_log("browser") == []
    assert browser.get_cookies() == []
