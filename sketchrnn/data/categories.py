"""The 345 Quick, Draw! categories, what a person may have meant by a word, and where unwanted words can be left out."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence

# fmt: off
CATEGORIES: tuple[str, ...] = (
    "aircraft carrier", "airplane", "alarm clock", "ambulance", "angel", "animal migration", "ant", "anvil",
    "apple", "arm", "asparagus", "axe", "backpack", "banana", "bandage", "barn", "baseball", "baseball bat",
    "basket", "basketball", "bat", "bathtub", "beach", "bear", "beard", "bed", "bee", "belt", "bench", "bicycle",
    "binoculars", "bird", "birthday cake", "blackberry", "blueberry", "book", "boomerang", "bottlecap", "bowtie",
    "bracelet", "brain", "bread", "bridge", "broccoli", "broom", "bucket", "bulldozer", "bus", "bush", "butterfly",
    "cactus", "cake", "calculator", "calendar", "camel", "camera", "camouflage", "campfire", "candle", "cannon",
    "canoe", "car", "carrot", "castle", "cat", "ceiling fan", "cello", "cell phone", "chair", "chandelier",
    "church", "circle", "clarinet", "clock", "cloud", "coffee cup", "compass", "computer", "cookie", "cooler",
    "couch", "cow", "crab", "crayon", "crocodile", "crown", "cruise ship", "cup", "diamond", "dishwasher",
    "diving board", "dog", "dolphin", "donut", "door", "dragon", "dresser", "drill", "drums", "duck", "dumbbell",
    "ear", "elbow", "elephant", "envelope", "eraser", "eye", "eyeglasses", "face", "fan", "feather", "fence",
    "finger", "fire hydrant", "fireplace", "firetruck", "fish", "flamingo", "flashlight", "flip flops",
    "floor lamp", "flower", "flying saucer", "foot", "fork", "frog", "frying pan", "garden", "garden hose",
    "giraffe", "goatee", "golf club", "grapes", "grass", "guitar", "hamburger", "hammer", "hand", "harp", "hat",
    "headphones", "hedgehog", "helicopter", "helmet", "hexagon", "hockey puck", "hockey stick", "horse", "hospital",
    "hot air balloon", "hot dog", "hot tub", "hourglass", "house", "house plant", "hurricane", "ice cream",
    "jacket", "jail", "kangaroo", "key", "keyboard", "knee", "knife", "ladder", "lantern", "laptop", "leaf", "leg",
    "light bulb", "lighter", "lighthouse", "lightning", "line", "lion", "lipstick", "lobster", "lollipop",
    "mailbox", "map", "marker", "matches", "megaphone", "mermaid", "microphone", "microwave", "monkey", "moon",
    "mosquito", "motorbike", "mountain", "mouse", "moustache", "mouth", "mug", "mushroom", "nail", "necklace",
    "nose", "ocean", "octagon", "octopus", "onion", "oven", "owl", "paintbrush", "paint can", "palm tree", "panda",
    "pants", "paper clip", "parachute", "parrot", "passport", "peanut", "pear", "peas", "pencil", "penguin",
    "piano", "pickup truck", "picture frame", "pig", "pillow", "pineapple", "pizza", "pliers", "police car", "pond",
    "pool", "popsicle", "postcard", "potato", "power outlet", "purse", "rabbit", "raccoon", "radio", "rain",
    "rainbow", "rake", "remote control", "rhinoceros", "rifle", "river", "roller coaster", "rollerskates",
    "sailboat", "sandwich", "saw", "saxophone", "school bus", "scissors", "scorpion", "screwdriver", "sea turtle",
    "see saw", "shark", "sheep", "shoe", "shorts", "shovel", "sink", "skateboard", "skull", "skyscraper",
    "sleeping bag", "smiley face", "snail", "snake", "snorkel", "snowflake", "snowman", "soccer ball", "sock",
    "speedboat", "spider", "spoon", "spreadsheet", "square", "squiggle", "squirrel", "stairs", "star", "steak",
    "stereo", "stethoscope", "stitches", "stop sign", "stove", "strawberry", "streetlight", "string bean",
    "submarine", "suitcase", "sun", "swan", "sweater", "swing set", "sword", "syringe", "table", "teapot",
    "teddy-bear", "telephone", "television", "tennis racquet", "tent", "The Eiffel Tower",
    "The Great Wall of China", "The Mona Lisa", "tiger", "toaster", "toe", "toilet", "tooth", "toothbrush",
    "toothpaste", "tornado", "tractor", "traffic light", "train", "tree", "triangle", "trombone", "truck",
    "trumpet", "t-shirt", "umbrella", "underwear", "van", "vase", "violin", "washing machine", "watermelon",
    "waterslide", "whale", "wheel", "windmill", "wine bottle", "wine glass", "wristwatch", "yoga", "zebra",
    "zigzag",
)
# fmt: on
"""The words people were asked to draw, in Quick, Draw!'s order. A model's category index counts along this tuple."""

WordFilter = Callable[[str], bool]
"""Says of a word whether its drawings are wanted.

The data set was moderated by its owners and still holds scribbles and rude drawings; what is too much depends on who
will see the model's answers. Everything that reads many drawings takes such a filter as `wanted`, for instance
`lambda word: word not in {"gun", "rifle"}`; words that it refuses are left out and counted as such.
"""


def nearest_names(word: str, names: Sequence[str] = CATEGORIES, count: int = 3) -> list[str]:
    """The names that look most like a word, best first; none when nothing is close."""
    lowered = {name.lower(): name for name in names}
    wanted = word.strip().lower().replace("_", " ")
    if wanted in lowered:
        return [lowered[wanted]]
    inside = [name for low, name in lowered.items() if wanted in low.split()]
    close = [lowered[name] for name in difflib.get_close_matches(wanted, lowered, n=count, cutoff=0.6)]
    return list(dict.fromkeys(inside + close))[:count]


def suggestion(word: str, names: Sequence[str] = CATEGORIES) -> str:
    """A hint for an unknown word, as a sentence: the nearest names, or where to find them all."""
    near = nearest_names(word, names)
    return f"Did you mean {' or '.join(map(repr, near))}?" if near else "No category is called anything like it."


def some_of(names: Sequence[str]) -> str:
    """The first few of many names, as text."""
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct names, Quick, Draw!'s in its order and others after them by the alphabet."""
    known = {name: index for index, name in enumerate(CATEGORIES)}
    return tuple(sorted(set(names), key=lambda name: (known.get(name, len(known)), name)))
