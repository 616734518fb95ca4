"""Where datagrams come from: capture files and the network. Here, and only here, a packet gets
its time; what is heard is handed on as it is, undecoded."""
