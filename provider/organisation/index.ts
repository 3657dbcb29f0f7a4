/**
 * Checks for an organisation's CrossGuard packs, over the linter. A pack sees decrypted secrets: let only people write packs
 * who may see those. Our messages repeat no value.
 */

import { entropyBits } from "../derive/entropy";
import { recipeOf } from "../derive/recipe";
import { listLimitOf } from "../door/backend";
import { guards } from "../door/guards";
import { findingText, SEVERITIES, type Severity } from "../lint/finding";
import { guessing } from "../lint/guesses";
import { lint } from "../lint/lint";
import { limits } from "../policy/limits";
import { rotationFields } from "../policy/rotation";
import { policyFields } from "../policy/schema";
import type { Policy } from "../policy/types";
import { validateFields, validPolicy } from "../policy/validate";
import { checkOf, type ResourceCheck } from "./check";

export type { CheckedResource, ReportViolation, ResourceCheck } from "./check";

type Props = Readonly<Record<string, unknown>>;

/** The checks as a list for `new PolicyPack(name, { policies })`. */
export function allPolicies(...checks: readonly ResourceCheck[]): ResourceCheck[] {
  return [...checks];
}

/**
 * Refuses sequences that are easier to guess.
 * @param bits bits of entropy, such as 42: at 10,000 packets a second, one chance in ten a year.
 */
export function minimumBits(bits: number): ResourceCheck {
  const reason = (found: number) =>
    `its sequence has ${Math.floor(found)} bits, and ${bits} are asked for: use more steps`;
  return checkOf("portknock-minimum-bits", `Sequences have at least ${bits} bits.`, {
    KnockSequence: (props) => {
      const { value } = validateFields(rotationFields, pick(props, Object.keys(rotationFields)));
      const { steps = limits.steps.default, protocols = [], ports = [], exclude = [] } = value;
      const found = entropyBits(recipeOf({ steps, protocols, ports, exclude }));
      return found < bits ? [reason(found)] : [];
    },
    PortKnock: (props) => {
      const { sequence } = policyOf(props) ?? {};
      if (sequence === undefined) return [];
      const found = guessing(sequence).bits;
      return found < bits ? [reason(found)] : [];
    },
  });
}

/** Refuses doors with a finding of this severity, or of a worse one. */
export function noFindings(severity: Severity): ResourceCheck {
  return checkOf("portknock-no-findings", `Doors have no finding of severity ${severity} or worse.`, {
    PortKnock: (props) => {
      const policy = policyOf(props);
      const findings = policy ? lint(policy, listLimitOf(props)) : [];
      return findings
        .filter((finding) => SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(severity))
        .map(findingText);
    },
  });
}

/** Refuses doors that leave the SSH port of their own connection open. */
export function sshBehindADoor(): ResourceCheck {
  return checkOf("portknock-ssh-behind-a-door", "The SSH port of each host is behind its door.", {
    PortKnock: (props) => {
      const policy = policyOf(props);
      const { port = 22 } = connectionOf(props);
      return policy === undefined || guards(policy, Number(port))
        ? []
        : ["its door leaves the SSH port of its connection open: add the port to `door`"];
    },
  });
}

/** Refuses connections that trust a key which they have not seen before. */
export function pinnedHostKeys(): ResourceCheck {
  return checkOf("portknock-pinned-host-keys", "Host keys are pinned.", {
    PortKnock: (props) => {
      const { hostKey, acceptNewHostKey } = connectionOf(props);
      return hostKey !== undefined || acceptNewHostKey === false
        ? []
        : ["it trusts a new host key: give connection.hostKey, or acceptNewHostKey: false"];
    },
  });
}

/** Refuses connections with a private key or a password, which the state would keep. */
export function noKeysInState(): ResourceCheck {
  return checkOf("portknock-no-keys-in-state", "An ssh-agent logs in, and the state has no key.", {
    PortKnock: (props) => {
      const connection = connectionOf(props);
      return ["privateKey", "password", "sudoPassword"]
        .filter((field) => connection[field] !== undefined)
        .map((field) => `the state would keep connection.${field}: let an ssh-agent log in`);
    },
  });
}

/** The policy of a door; undefined where a part is not known yet, or is wrong, which `check` reports. */
function policyOf(props: Props): Policy | undefined {
  return validPolicy(pick(props, Object.keys(policyFields)));
}

function connectionOf({ connection }: Props): Props {
  return typeof connection === "object" && connection !== null ? (connection as Props) : {};
}

function pick(props: Props, names: readonly string[]): Props {
  return Object.fromEntries(
    names.flatMap((name) => (props[name] === undefined || props[name] === null ? [] : [[name, props[name]]])),
  );
}
