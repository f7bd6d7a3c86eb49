"""Renders the film of two hands that the tests and ``cheiron bench hands`` show to the tracker.

The mesh is "generic-hand" of the npm package @webxr-input-profiles/assets (MIT). Nothing of the
product needs this file; it says where the film comes from and can make it again:

    npm pack @webxr-input-profiles/assets && tar xzf webxr-input-profiles-assets-*.tgz
    python render_hands.py package/dist/profiles/generic-hand/left.glb two_hands.mjpeg
"""

import io
import json
import math
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

WIDTH, HEIGHT, RATE, SECONDS = 480, 360, 30, 4
FOCAL = 1.25 * WIDTH  # pixels, about 44 degrees across
FINGERS = ("index-finger", "middle-finger", "ring-finger", "pinky-finger")
BONES = ("metacarpal", "phalanx-proximal", "phalanx-intermediate", "phalanx-distal", "tip")
_TYPES = {5121: np.uint8, 5123: np.uint16, 5126: np.float32}
_SIZES = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass
class Mesh:
    points: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    weights: np.ndarray  # (points, joints)
    joints: dict[str, np.ndarray]
    order: list[str]


def load(path):
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    tree = json.loads(data[20 : 20 + length])
    blob = data[28 + length :]

    def read(number):
        accessor = tree["accessors"][number]
        view = tree["bufferViews"][accessor["bufferView"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        kind, size = _TYPES[accessor["componentType"]], _SIZES[accessor["type"]]
        values = np.frombuffer(blob, kind, accessor["count"] * size, start)
        return values.reshape(-1, size) if size > 1 else values

    part = tree["meshes"][0]["primitives"][0]
    named = part["attributes"]
    skin = tree["skins"][0]["joints"]
    order = [tree["nodes"][node]["name"] for node in skin]
    points = read(named["POSITION"]).astype(float)
    weights = np.zeros((len(points), len(skin)))
    for column in range(4):
        np.add.at(
            weights,
            (np.arange(len(points)), read(named["JOINTS_0"])[:, column].astype(int)),
            read(named["WEIGHTS_0"])[:, column],
        )
    joints = {
        n: np.array(tree["nodes"][i]["translation"]) for n, i in zip(order, skin, strict=True)
    }
    faces = read(part["indices"]).astype(int).reshape(-1, 3)
    normals = read(named["NORMAL"]).astype(float)
    return Mesh(points, normals, faces, weights, joints, order)


def turning(axis, angle, at=(0.0, 0.0, 0.0)):
    """A rotation about an axis through a point, 4 x 4."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    r = np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = r, np.asarray(at) - r @ np.asarray(at)
    return out


def posed(mesh, curl, pinch=0.0, spread=0.0):
    """Points and normals with bent fingers: curl of thumb to little finger in [0, 1]."""
    moves = {name: np.eye(4) for name in mesh.order}
    side = (
        mesh.joints["pinky-finger-phalanx-proximal"] - mesh.joints["index-finger-phalanx-proximal"]
    )
    across = side / np.linalg.norm(side)
    for number, finger in enumerate(FINGERS):
        move = np.eye(4)
        bend = curl[number + 1]
        if number == 0:
            bend = max(bend, 0.6 * pinch)
        for bone, most in zip(BONES, (0.0, 1.45, 1.65, 1.1, 0.0), strict=True):
            name = f"{finger}-{bone}"
            at = mesh.joints[name]
            if bone == "phalanx-proximal":
                away = (1.0, 0.25, -0.45, -1.2)[number] * spread * 0.22
                move = move @ turning((1, 0, 0), away, at)
            move = move @ turning(across, bend * most, at)
            moves[name] = move
    move = np.eye(4)
    bends = {"metacarpal": 0.5, "phalanx-proximal": 0.5, "phalanx-distal": 0.9, "tip": 0.0}
    for bone, most in bends.items():
        name = f"thumb-{bone}"
        at = mesh.joints[name]
        if bone == "metacarpal":
            move = move @ turning((0, -1, 0), 0.55 * curl[0] + 0.23 * pinch, at)
            move = move @ turning((1, 0, 0), 0.35 * curl[0] - 0.35 * pinch - 0.1 * spread, at)
        move = move @ turning((1, 0.2, 0), most * 0.45 * curl[0], at)
        moves[name] = move
    stack = np.stack([moves[name] for name in mesh.order])
    blend = np.einsum("pj,jab->pab", mesh.weights, stack)
    points = np.einsum("pab,pb->pa", blend[:, :3, :3], mesh.points) + blend[:, :3, 3]
    normals = np.einsum("pab,pb->pa", blend[:, :3, :3], mesh.normals)
    return points, normals


def sleeve(mesh, sides=24, rings=6):
    """A forearm, which the mesh does not have."""
    wrist = mesh.joints["wrist"] + np.array([0.0, 0.01, 0.0])
    points, normals = [], []
    for ring in range(rings):
        for k in range(sides):
            angle = 2 * math.pi * k / sides
            wide = 1 + 0.12 * ring
            out = np.array([0.019 * math.cos(angle), 0.0, 0.027 * math.sin(angle)]) * wide
            points.append(wrist + out + np.array([0.0, 0.05 * ring, 0.0]))
            normals.append(out / np.linalg.norm(out))
    faces = []
    for ring in range(rings - 1):
        for k in range(sides):
            a, b = ring * sides + k, ring * sides + (k + 1) % sides
            faces += [(a, b, a + sides), (b, b + sides, a + sides)]
    return np.array(points), np.array(normals), np.array(faces)


# The right hand is the left one's mirror image. The mesh: fingers along -y, palm to +x, thumb of
# the left hand to -z. The picture: x right, y up, z to the camera; palm to the camera, fingers up,
# the left hand's thumb to the left.
STAND = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])


MIRROR = np.diag([-1.0, 1.0, 1.0])


def draw(canvas, depth, points, normals, faces, scale):
    """One mesh with a z-buffer, skin under a window and a lamp."""
    z = -points[:, 2]  # metres from the camera
    px = (WIDTH / 2 + FOCAL * points[:, 0] / z) * scale
    py = (HEIGHT / 2 - FOCAL * points[:, 1] / z) * scale
    normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    key, fill = np.array([-0.45, 0.65, 0.62]), np.array([0.8, 0.1, 0.5])
    key, fill = key / np.linalg.norm(key), fill / np.linalg.norm(fill)
    lit = np.clip((normals @ key + 0.25) / 1.25, 0, 1)
    soft = np.clip((normals @ fill + 0.4) / 1.4, 0, 1)
    rim = (1 - np.clip(normals[:, 2], 0, 1)) ** 3
    skin = np.array([224.0, 172.0, 146.0])
    shade = 0.30 + 0.62 * lit + 0.16 * soft
    colour = (
        skin * shade[:, None] + np.array([30.0, 6.0, 0.0]) * (1 - lit)[:, None] - 35 * rim[:, None]
    )
    high, wide = depth.shape
    for a, b, c in faces:
        x0, x1, x2, y0, y1, y2 = px[a], px[b], px[c], py[a], py[b], py[c]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left, right = max(int(min(x0, x1, x2)), 0), min(int(max(x0, x1, x2)) + 2, wide)
        top, bottom = max(int(min(y0, y1, y2)), 0), min(int(max(y0, y1, y2)) + 2, high)
        if left >= right or top >= bottom:
            continue
        gx, gy = np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5)
        w1 = ((gx - x0) * (y2 - y0) - (x2 - x0) * (gy - y0)) / area
        w2 = ((x1 - x0) * (gy - y0) - (gx - x0) * (y1 - y0)) / area
        w0 = 1 - w1 - w2
        far = w0 * z[a] + w1 * z[b] + w2 * z[c]
        box = depth[top:bottom, left:right]
        inside = (w0 >= 0) & (w1 >= 0) & (w2 >= 0) & (far < box)
        if inside.any():
            box[inside] = far[inside]
            mixed = (
                w0[..., None] * colour[a] + w1[..., None] * colour[b] + w2[..., None] * colour[c]
            )
            canvas[top:bottom, left:right][inside] = mixed[inside]


def room(scale):
    """A wall, a window's light on it, a shelf."""
    y, x = np.mgrid[0 : HEIGHT * scale, 0 : WIDTH * scale] / (HEIGHT * scale)
    wall = 96 + 46 * np.exp(-((x - 0.2) ** 2 + (y - 0.1) ** 2) / 0.5) - 26 * y
    picture = np.stack([wall * 0.92, wall * 0.99, wall * 1.06], axis=-1)
    picture[(y > 0.78) & (y < 0.80)] *= 0.62
    picture[y >= 0.80] *= np.array([0.66, 0.60, 0.56])
    return picture


def standing(mesh, hand):
    """What a hand turns about, and how."""
    turn = (
        turning((0, 0, 1), hand.get("roll", 0.0))
        @ turning((0, 1, 0), hand.get("turn", 0.0))
        @ turning((1, 0, 0), hand.get("tilt", 0.0))
    )[:3, :3]
    stand = STAND if hand["side"] == "left" else MIRROR @ STAND
    return mesh.joints["middle-finger-phalanx-proximal"], turn @ stand


def placed(mesh, hand, points):
    """Points of the mesh where the hand is, metres from the camera."""
    centre, move = standing(mesh, hand)
    return (points - centre) @ move.T + np.array([*hand["at"][:2], -hand["at"][2]])


def frame(mesh, hands, scale=2):
    """A picture of hands, each a dict: side, at (x, y, distance), turn, tilt, roll, curl, …"""
    canvas = room(scale)
    depth = np.full(canvas.shape[:2], np.inf)
    for hand in hands:
        points, normals = posed(mesh, hand["curl"], hand.get("pinch", 0.0), hand.get("spread", 0.0))
        arm, arm_normals, arm_faces = sleeve(mesh)
        _, move = standing(mesh, hand)
        for p, n, f in ((points, normals, mesh.faces), (arm, arm_normals, arm_faces)):
            draw(canvas, depth, placed(mesh, hand, p), n @ move.T, f, scale)
    picture = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX).filter(
        ImageFilter.GaussianBlur(0.6)
    )
    return np.asarray(small)


def jpeg(picture, quality=45):
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def ease(t, start, end):
    x = min(max((t - start) / (end - start), 0.0), 1.0)
    return x * x * (3 - 2 * x)


def scene(t):
    """Both hands at t seconds: the right one closes and opens, the left one goes and returns."""
    turn = 2 * math.pi * t / SECONDS
    close = ease(t, 0.7, 1.1) - ease(t, 1.5, 1.9)
    gone = ease(t, 2.2, 2.6) - ease(t, 3.1, 3.5)
    pinch = ease(t, 0.2, 0.6) - ease(t, 1.2, 1.6)
    right = {
        "side": "right",
        "at": (
            -0.1 + 0.02 * math.sin(turn),
            0.01 + 0.02 * math.sin(2 * turn),
            0.5 + 0.04 * math.sin(turn),
        ),
        "roll": 0.15 * math.sin(turn),
        "turn": -0.1,
        "curl": [0.8 * close] + [close] * 4,
        "spread": 0.6,
    }
    left = {
        "side": "left",
        "at": (0.1 + 0.16 * gone, 0.01 * math.sin(turn) - 0.22 * gone, 0.5),
        "turn": 0.2 * math.sin(turn) + 0.1,
        "curl": [0.0] * 5,
        "pinch": pinch,
        "spread": 0.5,
    }
    return [right, left]


def drawn_joints(mesh, hand):
    """Where the 21 joints of a hand are: in the picture, 0 … 1, and in metres about their mean."""
    names = ["wrist", *(f"thumb-{bone}" for bone in ("metacarpal", *BONES[1:2], *BONES[3:]))]
    names += [f"{finger}-{bone}" for finger in FINGERS for bone in BONES[1:]]
    at = np.array([mesh.joints[name] for name in names])
    weights = np.array([[float(name == joint) for joint in mesh.order] for name in names])
    alone = Mesh(at, np.zeros_like(at), mesh.faces, weights, mesh.joints, mesh.order)
    points, _ = posed(alone, hand["curl"], hand.get("pinch", 0.0), hand.get("spread", 0.0))
    p = placed(mesh, hand, points)
    u = 0.5 + FOCAL * p[:, 0] / -p[:, 2] / WIDTH
    v = 0.5 - FOCAL * p[:, 1] / -p[:, 2] / HEIGHT
    world = p * np.array([1.0, -1.0, -1.0])
    return np.stack([u, v], axis=1), world - world.mean(axis=0)


if __name__ == "__main__":
    hand = load(Path(sys.argv[1]))
    film = b"".join(jpeg(frame(hand, scene(k / RATE))) for k in range(SECONDS * RATE))
    Path(sys.argv[2]).write_bytes(film)
