import type { Document } from "../../rules/backend";
import type { VariablesOf } from "../protocol";
import type { Change } from "./change";

type Loaded = "BACKEND" | "DOCUMENT4" | "DOCUMENT6" | "DOCUMENTN" | "MARK" | "MANAGE_MARK";

/**
 * The variables of the apply script that hold what it loads: a document for each family, or one for both. Where all are empty the
 * door goes from that backend.
 */
export function documentsIn({
  backend,
  ruleset,
  manageMark,
}: Pick<Change, "backend" | "ruleset" | "manageMark">): Pick<VariablesOf<"apply">, Loaded> {
  const documents = ruleset ? backend.documents(ruleset) : [];
  const mark = ruleset ? backend.markOf(ruleset) : "";
  return {
    BACKEND: backend.name,
    DOCUMENT4: textOf(documents, ({ families: [one, ...others] }) => one === "ipv4" && others.length === 0),
    DOCUMENT6: textOf(documents, ({ families: [one, ...others] }) => one === "ipv6" && others.length === 0),
    DOCUMENTN: textOf(documents, ({ families }) => families.length > 1),
    MARK: mark,
    // Without a mark there is nothing to accept.
    MANAGE_MARK: manageMark && mark !== "" ? "yes" : "",
  };
}

function textOf(documents: readonly Document[], isMeant: (document: Document) => boolean): string {
  return documents.find(isMeant)?.text ?? "";
}
