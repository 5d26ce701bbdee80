"""A camera that speaks RTSP, made from a clip: `/usr/bin/python3 rtsp_server.py PORT CLIP` serves rtsp://…:PORT/camera.

It runs on the system's Python, for which Debian packages GStreamer's RTSP server (hence the imports by name). It says
`ready` once it listens. The clip must be H.264; it is passed on as it is, in real time, from its start to everyone.
"""

import sys
from importlib import import_module

gi = import_module("gi")
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")


def main(port: str, clip: str) -> None:
    """Serve until killed."""
    import_module("gi.repository.Gst").init(None)
    rtsp = import_module("gi.repository.GstRtspServer")
    server = rtsp.RTSPServer(address="127.0.0.1", service=port)
    factory = rtsp.RTSPMediaFactory()
    factory.set_launch(f'( filesrc location="{clip}" ! qtdemux ! h264parse ! rtph264pay name=pay0 config-interval=-1 )')
    server.get_mount_points().add_factory("/camera", factory)
    server.attach(None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    import_module("gi.repository.GLib").MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
