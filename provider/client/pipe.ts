import { connect } from "node:net";

/** ssh runs this as its ProxyCommand for `portknock ssh`: it pipes ssh to the connection that portknock made. */
const socket = connect(process.argv[2] ?? "");
process.stdin.pipe(socket).pipe(process.stdout);
process.stdout.on("error", () => socket.destroy());
// portknock itself reports the error.
socket.on("error", () => undefined);
socket.on("close", () => process.exit());
