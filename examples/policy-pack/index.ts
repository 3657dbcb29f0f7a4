import { PolicyPack } from "@pulumi/policy";
import {
  allPolicies,
  minimumBits,
  noFindings,
  pinnedHostKeys,
  sshBehindADoor,
} from "pulumi-portknock/policy";

new PolicyPack("doors", {
  policies: allPolicies(minimumBits(42), noFindings("error"), sshBehindADoor(), pinnedHostKeys()),
});
