"""One network in four threads, and its copies in two processes: the same maps, bit for bit."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import torch
from PIL import Image

import vizlib
from vizlib.synthetic import draw_scene

if __name__ == "__main__":  # a spawned process imports this file
    model = vizlib.load_model("bundled/digits", device="cpu")
    pictures = [Image.fromarray(draw_scene(seed).image) for seed in range(8)]
    explained = partial(vizlib.saliency, model, method="smoothgrad", samples=4)

    serial = [explained(each) for each in pictures]
    with ThreadPoolExecutor(4) as threads:
        threaded = list(threads.map(explained, pictures))
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        spawned = list(processes.map(explained, pictures))
    print("threads:", all(map(torch.equal, serial, threaded)), "processes:", all(map(torch.equal, serial, spawned)))
