"""The built worker that finds hands, given pictures of the shipped film one after the other.

``two_hands.json`` holds for every sixth picture where the joints were drawn (render_hands.py) and
what MediaPipe's larger landmark network ("full") found there, which the tracker had before its lite
one. Units: 1e-4 of the picture, 1e-4 m about the hand's middle.
"""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from playing import playing
from playwright.sync_api import sync_playwright

import cheiron
from cheiron.studio.bench.hands import FILM

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZE = np.array([480.0, 360.0])
STEP = 3  # every third picture of the film, so 100 ms apart
GONE = range(75, 102)  # pictures without the left hand
CROSSING = range(70, 111)  # it is cut by the edge, or not found again yet
KNOWN = json.loads((Path(__file__).parent / "two_hands.json").read_text())

# Gives pictures to a tracker as the page does, one at a time; "" is an empty wall.
LOOK = """async ([script, pictures]) => {
  const worker = new Worker(script, { type: "module" });
  const answer = () => new Promise((done, fail) => {
    worker.onmessage = ({ data }) =>
      data.kind === "failed" ? fail(new Error(data.why)) : done(data);
    worker.onerror = (event) => fail(new Error(event.message));
  });
  const wall = () => {
    const canvas = new OffscreenCanvas(480, 360);
    const to = canvas.getContext("2d");
    to.fillStyle = "#7a7f86";
    to.fillRect(0, 0, 480, 360);
    return canvas.transferToImageBitmap();
  };
  const image = (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  };
  let next = answer();
  worker.postMessage({ kind: "start", place: "CPU" });
  await next;
  const seen = [];
  let known = 0;
  for (const [number, text] of pictures.entries()) {
    const picture = text === "" ? wall() : await image(text);
    next = answer();
    const search = known !== 1 || number % 3 === 0;
    const look = { kind: "look", search, image: picture, time: 100 * number, number };
    worker.postMessage(look, [picture]);
    seen.push((await next).hands);
    known = seen[seen.length - 1].length;
  }
  worker.terminate();
  return seen;
}"""


def tracker_script():
    """Where the built worker is."""
    page = Path(cheiron.__file__).parent / "studio/page"
    return f"/assets/{next((page / 'assets').glob('hand-tracker-*.js')).name}"


@pytest.fixture(scope="module")
def look(tmp_path_factory, built):
    """What the worker sees in pictures; the instrument's server serves it, policy and all."""
    home = tmp_path_factory.mktemp("home")
    with playing(home, "--device", "none", "sax") as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#tab-hands")
        yield lambda pictures: page.evaluate(LOOK, [tracker_script(), pictures])
        browser.close()


@pytest.fixture(scope="module")
def film():
    parts = FILM.read_bytes().split(b"\xff\xd8")[1:]
    return [base64.b64encode(b"\xff\xd8" + part).decode() for part in parts]


@pytest.fixture(scope="module")
def seen(look, film):
    """Hands by side, by the film's pictures."""
    found = look(film[::STEP])
    return {STEP * k: {hand["side"]: hand for hand in hands} for k, hands in enumerate(found)}


def points(hand):
    """In pixels, shape (21, 2)."""
    return np.reshape(hand["points"], (21, 3))[:, :2] * SIZE


def world(hand):
    """In millimetres about the middle, shape (21, 3)."""
    found = 1e3 * np.reshape(hand["world"], (21, 3))
    return found - found.mean(axis=0)


def known(hand):
    """The same of what is on file."""
    place = np.reshape(hand["points"], (21, 2)) / 1e4 * SIZE
    metres = np.reshape(hand["world"], (21, 3)) / 1e4
    return place, 1e3 * (metres - metres.mean(axis=0))


def distances(pairs):
    """In the picture, in lengths of the hand, and in space, mm; shape (hands, 21) each."""
    flat = [np.linalg.norm(a[0] - b[0], axis=1) / np.ptp(b[0], axis=0).max() for a, b in pairs]
    deep = [np.linalg.norm(a[1] - b[1], axis=1) for a, b in pairs]
    return np.array(flat), np.array(deep)


def rows():
    """What is on file of whole hands: side and row."""
    for row in KNOWN:
        for side in row["full"]:
            if side == "right" or row["picture"] not in CROSSING:
                yield side, row


def now(seen, side, row):
    """Picture and space of a hand as it is seen now."""
    hand = seen[row["picture"]][side]
    return points(hand), world(hand)


def test_landmarks_are_those_of_the_larger_network_within_a_twentieth_of_a_hand(seen):
    flat, deep = distances([(now(seen, s, row), known(row["full"][s])) for s, row in rows()])
    assert len(flat) > 30
    assert flat.mean() < 0.018
    assert np.quantile(flat, 0.95) < 0.05
    assert deep.mean() < 11.0


def test_landmarks_are_as_near_to_what_was_drawn_as_those_of_the_larger_network(seen):
    lite = distances([(now(seen, s, row), known(row["drawn"][s])) for s, row in rows()])
    full = distances([(known(row["full"][s]), known(row["drawn"][s])) for s, row in rows()])
    for found, before in zip(lite, full, strict=True):
        assert found.mean() < 1.1 * before.mean()


def test_a_hand_that_leaves_is_gone_and_is_found_again_within_0_3_s(seen):
    assert all("right" in hands for hands in seen.values())
    left = [number for number, hands in seen.items() if "left" in hands]
    assert [n for n in seen if n < GONE.start - 6 and n not in left] == []
    assert [n for n in seen if n >= GONE.stop + 9 and n not in left] == []
    assert [n for n in left if n in GONE] == []


def test_hands_are_lost_with_the_picture_and_found_with_the_next_one(look, film):
    counts = [len(hands) for hands in look([film[0], film[3], "", "", film[6], film[9]])]
    assert counts == [2, 2, 0, 0, 2, 2]
