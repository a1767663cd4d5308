"""Amazon's services as moto imitates them, until its parent ends: another security token service, written by others."""
import threading

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"moto at http://{host}:{port}", flush=True)
threading.Event().wait()
