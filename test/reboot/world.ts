import { expect } from "vitest";
import type { Host } from "../lab/lab";
import type { Stack } from "../stack/stack";
import { isOpen } from "../stack/world";
import type { MachineLab, MachineOptions } from "./machine";

export const FLAVOURS: readonly MachineOptions[] = [
  { release: "bookworm", variant: "nf_tables" },
  { release: "trixie", variant: "nf_tables" },
  { release: "bookworm", variant: "legacy" },
  { release: "trixie", variant: "nftables" },
];

// A login's scope is of systemd-logind, and may outlive the login for a moment.
const TRACES = `
ls -d /run/portknock* /run/systemd/transient/* /proc/net/xt_recent/* 2>/dev/null |
  grep -vEx '/run/portknock\\.lock|/run/systemd/transient/session-[^/]+\\.scope(\\.d)?'
find /etc -xdev -printf '%p %y %m %l\\n' | sort
find /etc -xdev -type f -exec sha256sum {} + | sort
systemctl list-units --all --plain --no-legend 'portknock*'
systemctl list-unit-files --no-legend 'portknock*'
systemctl list-units --failed --plain --no-legend
`;

/** Everything on a machine that a door may leave behind: its firewall, files, lists and units. */
export async function traces(host: Host): Promise<string> {
  const { ipv4, ipv6 } = await host.firewall();
  // The first rule in a table makes its built-in chains, and iptables never takes them away.
  const tables = [ipv4, ipv6].map((saved) => saved.replace(/\*\w+\n(?::\w+ ACCEPT\n)+COMMIT\n/g, ""));
  return [...tables, (await host.exec(["sh", "-c", TRACES])).stdout].join("\n");
}

/** The units of dead-man timers. */
export function timers(host: Host): Promise<string> {
  return host.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", "portknock-rollback-*"]);
}

/**
 * Once the provider's own knock has run out. Asked seldom: sshd of OpenSSH 9.8 and later turns a source away that connects
 * 15 times without a login (sshd_config(5), PerSourcePenalties).
 */
export async function expectClosed(lab: MachineLab): Promise<void> {
  await expect.poll(() => isOpen(lab, lab.host().ipv4), { timeout: 10_000, interval: 1_000 }).toBe(false);
}

/** Closed over both families, and open to who knocks. */
export async function expectDoor(lab: MachineLab, stack: Stack): Promise<void> {
  const { ipv4, ipv6 } = lab.host();
  await expectClosed(lab);
  expect(await isOpen(lab, ipv6)).toBe(false);
  await stack.knock("ssh");
  expect(await isOpen(lab, ipv4)).toBe(true);
}

/**
 * Stops sshd once an apply has begun, so that it lets no new login through, and returns when that apply has ended: it holds
 * the lock.
 */
const CATCH = `
until [ -d /run/portknock/pending ]; do :; done
kill -STOP "$(systemctl show --value -p MainPID ssh)"
flock /run/portknock.lock true
cat /run/portknock/pending/tx
`;

/** An up of which every process is killed at the instant when only the confirm is missing. sshd stays stopped. */
export async function upThatDies(lab: MachineLab, stack: Stack): Promise<void> {
  const caught = lab.host().run(["sh", "-c", CATCH]);
  const up = stack.pulumi("up", "--yes", "--skip-preview");
  await caught;
  await lab.controller.exec(["bash", "-c", "kill -KILL -1"]);
  expect((await up).code).not.toBe(0);
  // Killed with it, Pulumi leaves the lock of its file:// backend; this is its own command for that.
  await stack.must("cancel", "--yes");
}
