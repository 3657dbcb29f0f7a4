import { connect } from "node:net";

/** What `portknock ssh` has ssh run as its ProxyCommand: joins it to the connection that portknock made. */
const socket = connect(process.argv[2] ?? "");
process.stdin.pipe(socket).pipe(process.stdout);
process.stdout.on("error", () => socket.destroy());
// portknock says itself what went wrong.
socket.on("error", () => undefined);
socket.on("close", () => process.exit());
