"""Serve the pictures of a folder on the loopback: the last part of an address names the file.

usage: serve.py FOLDER PORT
"""
import functools
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files by name, whatever article they are asked for."""

    protocol_version = "HTTP/1.1"
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".webp": "image/webp"}

    def translate_path(self, path):
        return super().translate_path("/" + path.rsplit("/", 1)[-1])

    def log_message(self, *_):
        pass


folder, port = sys.argv[1:3]
http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), functools.partial(Handler, directory=folder)).serve_forever()
