import { expect, test } from "vitest";
import { readSshArguments } from "../../provider/client/sshArguments";
import { jumpOf } from "../../provider/client/sshSettings";

test.each([
  [["h"], [], [], []],
  [["-i", "key", "h", "uptime"], [], ["-i", "key"], ["uptime"]],
  [["-ikey", "-p2222", "h"], [], ["-ikey", "-p2222"], []],
  [
    ["h", "-l", "ops", "-J", "b1,b2", "--timeout", "5", "id", "-u"],
    ["--timeout", "5"],
    ["-l", "ops", "-J", "b1,b2"],
    ["id", "-u"],
  ],
  [["-4", "-vvA", "-tti", "key", "--delay=9", "h"], ["-4", "--delay=9"], ["-vvA", "-tti", "key"], []],
  [["-F", "file", "h", "--", "-L", "1:h:2", "top"], [], ["-F", "file"], ["-L", "1:h:2", "top"]],
  [["h", "df", "--human-readable", "-h"], [], [], ["df", "--human-readable", "-h"]],
])("ssh %j: each word goes to the program that it is for", (args, own, options, command) => {
  const words = readSshArguments(args, (name) => name === "timeout" || name === "delay");
  expect(words).toMatchObject({ own, options, destination: "h", command });
});

test.each([
  ["no jump", ["h"], undefined],
  ["-J alone", ["-J", "b", "h"], { destination: "ssh://b", options: [] }],
  ["-Jb", ["-Jb", "h"], { destination: "ssh://b", options: [] }],
  ["the first of several", ["-J", "ops@b1:2222,b2", "h"], { destination: "ssh://ops@b1:2222", options: [] }],
  ["a URL", ["-J", "ssh://b:2222", "h"], { destination: "ssh://b:2222", options: [] }],
  ["in a bundle", ["-vJ", "b", "h"], { destination: "ssh://b", options: [] }],
  ["in a bundle, joined", ["-tvJb", "h"], { destination: "ssh://b", options: [] }],
  ["after the host", ["h", "-vJ", "b", "id"], { destination: "ssh://b", options: [] }],
  ["-F file", ["-F", "file", "-J", "b", "h"], { destination: "ssh://b", options: ["-F", "file"] }],
  ["-Ffile", ["-Ffile", "-J", "b", "h"], { destination: "ssh://b", options: ["-F", "file"] }],
  [
    "-vFfile, the last",
    ["-F", "x", "-J", "b", "-vFfile", "h"],
    { destination: "ssh://b", options: ["-F", "file"] },
  ],
  ["letters of an argument", ["-oUser=J", "-iF", "h"], undefined],
  [
    "options of the remote command",
    ["-J", "b", "h", "grep", "-F", "x", "-J"],
    { destination: "ssh://b", options: [] },
  ],
])("the jump host of ssh's arguments: %s", (_what, args, jump) => {
  expect(jumpOf(args)).toEqual(jump);
});
