"""The gallery as a static site: HTML, CSS and sprite sheets, which any web space or a plain folder can show."""

from vizlib.batch.gallery.site.publishing import Wish, Written, publish, publishing

__all__ = ["Wish", "Written", "publish", "publishing"]
