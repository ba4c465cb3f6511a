"""What is in the store, as a gallery: networks, their layers as strips of tiles, units; on a page, or as a static site.

from vizlib.batch.gallery import gallery, publish, tiles
from vizlib.runs import open_store

store = open_store()
for network in gallery(store).networks:                     # opens no network, reads no result
    for layer in network.layers:
        print(network.title, layer.path, f"{layer.there} of {layer.units}")
some = tiles(store, layer, 8)                               # .images (8, h, w, 3), .values, .notes
publish(store, Path("site"))                                # HTML, CSS and sprite sheets that need no server
"""

from vizlib.batch.gallery.accuracy import Accuracy, accuracy
from vizlib.batch.gallery.listing import Gallery, ShownLayer, ShownNetwork, gallery
from vizlib.batch.gallery.site import Wish, Written, publish, publishing
from vizlib.batch.gallery.surveys import Found, found
from vizlib.batch.gallery.tiles import Tiles, thumbnails, tile, tiles

__all__ = [
    "Accuracy",
    "Found",
    "Gallery",
    "ShownLayer",
    "ShownNetwork",
    "Tiles",
    "Wish",
    "Written",
    "accuracy",
    "found",
    "gallery",
    "publish",
    "publishing",
    "thumbnails",
    "tile",
    "tiles",
]
