/** Finds what a source file imports, with lines, for TypeScript and for the scripts inside Svelte components. */
import ts from 'typescript';

export interface Import {
  readonly specifier: string;
  /** Line in the file as it is on disk, from 1. */
  readonly line: number;
}

export interface Source {
  readonly imports: readonly Import[];
  /** Line of an `export * from`, which hides what a module offers. */
  readonly starExports: readonly number[];
  /** True where a file holds nothing but re-exports. */
  readonly onlyReexports: boolean;
}

/** The scripts of a component, everything else blanked out, so that lines stay what they are on disk. */
export function scriptsOf(component: string): string {
  const script = /<script\b[^>]*>([\s\S]*?)<\/script>/g;
  const blank = (text: string): string => text.replace(/[^\n]/g, ' ');
  let kept = '';
  let end = 0;
  for (const match of component.matchAll(script)) {
    const body = match[1] ?? '';
    const start = match.index + match[0].indexOf('>') + 1;
    kept += blank(component.slice(end, start)) + body;
    end = start + body.length;
  }
  return kept + blank(component.slice(end));
}

/** Reads one file; `path` only tells the language. */
export function parseSource(path: string, text: string): Source {
  const code = path.endsWith('.svelte') ? scriptsOf(text) : text;
  const tree = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const lineOf = (node: ts.Node): number => tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
  const imports: Import[] = [];
  const starExports: number[] = [];

  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ specifier, line: lineOf(node) });
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && !node.exportClause) {
      starExports.push(lineOf(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);

  const onlyReexports =
    tree.statements.length > 0 &&
    tree.statements.every((node) => ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined);
  return { imports, starExports, onlyReexports };
}

/** The module that a node names: a static import or re-export, `import('x')` as a call, or as a type. */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return textOf(node.arguments[0]);
  }
  return undefined;
}

const textOf = (node: ts.Node | undefined): string | undefined =>
  node && ts.isStringLiteralLike(node) ? node.text : undefined;
