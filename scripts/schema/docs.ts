import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** The docstrings of the interfaces and classes of a folder: `LockoutArgs` and `LockoutArgs.forSeconds` to text. */
export function docsOf(folder: string): ReadonlyMap<string, string> {
  const docs = new Map<string, string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(join(folder, file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    for (const node of source.statements) {
      if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) continue;
      const name = node.name?.text ?? "";
      add(docs, name, node);
      for (const member of node.members) {
        const key = member.name && ts.isIdentifier(member.name) ? member.name.text : undefined;
        if (key !== undefined) add(docs, `${name}.${key}`, member);
      }
    }
  }
  return docs;
}

function add(docs: Map<string, string>, key: string, node: ts.Node): void {
  const comment = ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? "")
    .join("\n");
  if (comment !== "") docs.set(key, comment.replaceAll(/\s+/g, " "));
}
