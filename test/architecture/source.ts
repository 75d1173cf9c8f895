/**
 * architecture/source — what a TypeScript file imports, calls and says, read from its syntax tree.
 *
 * Comments and strings that merely look like code do not count.
 */
import ts from 'typescript';

export interface ImportFact {
  readonly specifier: string;
  readonly line: number;
}

export interface StringFact {
  readonly text: string;
  readonly line: number;
}

export interface CallFact {
  /** The callee: `defineErrors`, or `.command` of something. */
  readonly callee: string;
  /** The arguments that are plain strings, in their places. */
  readonly strings: readonly (string | undefined)[];
  /** The keys of the last argument, when that is an object literal. */
  readonly keys: readonly string[];
  readonly line: number;
}

export interface SourceFacts {
  /** Static, dynamic and type imports, and re-exports. */
  readonly imports: readonly ImportFact[];
  /** String literals, import specifiers left out. */
  readonly strings: readonly StringFact[];
  readonly calls: readonly CallFact[];
  /** Property reads: of a plain name (`process`), or of something longer (`.word`, or nothing). */
  readonly properties: readonly { readonly object: string; readonly name: string; readonly line: number }[];
  /** `type: 'x'` members of object and type literals. */
  readonly typeTags: readonly StringFact[];
  /** Lines of top-level statements that are neither an import nor a list of re-exports. */
  readonly codeLines: readonly number[];
}

const remembered = new Map<string, SourceFacts>();

/** Reads `text` as TypeScript. The same text is read once. */
export function readSource(path: string, text: string): SourceFacts {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const options = {
    languageVersion: ts.ScriptTarget.ES2023,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  };
  const facts = collect(ts.createSourceFile(path, text, options, false, ts.ScriptKind.TS));
  remembered.set(text, facts);
  return facts;
}

function collect(file: ts.SourceFile): SourceFacts {
  const imports: ImportFact[] = [];
  const strings: StringFact[] = [];
  const calls: CallFact[] = [];
  const properties: { object: string; name: string; line: number }[] = [];
  const typeTags: StringFact[] = [];
  /** Of its last character: that needs no look at the comments before it. */
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.end).line + 1;

  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined
    ) {
      if (ts.isStringLiteral(node.moduleSpecifier)) {
        imports.push({ specifier: node.moduleSpecifier.text, line: lineOf(node) });
      }
      return;
    }
    if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      imports.push({ specifier: node.argument.literal.text, line: lineOf(node) });
      return;
    }
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
      if ((isImport || isRequire) && first !== undefined && ts.isStringLiteralLike(first)) {
        imports.push({ specifier: first.text, line: lineOf(node) });
        return;
      }
      calls.push({
        callee: nameOf(node.expression),
        strings: node.arguments.map((argument) =>
          ts.isStringLiteralLike(argument) ? argument.text : undefined,
        ),
        keys: keysOf(node.arguments.at(-1)),
        line: lineOf(node.expression),
      });
    }
    if (ts.isPropertyAccessExpression(node)) {
      properties.push({
        object: nameOf(node.expression),
        name: node.name.text,
        line: lineOf(node.name),
      });
    }
    const tag = typeTagOf(node);
    if (tag !== undefined) typeTags.push({ text: tag, line: lineOf(node) });
    if (ts.isStringLiteralLike(node) || isTemplatePart(node))
      strings.push({ text: node.text, line: lineOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(file);

  const codeLines = file.statements
    .filter((statement) => !ts.isImportDeclaration(statement) && !isReExport(statement))
    .map((statement) => file.getLineAndCharacterOfPosition(statement.getStart(file)).line + 1);
  return { imports, strings, calls, properties, typeTags, codeLines };
}

/** `word`, or `.word` for what follows something longer. */
function nameOf(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isPropertyAccessExpression(node) ? `.${node.name.text}` : '';
}

function isTemplatePart(node: ts.Node): node is ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail {
  return ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
}

function keysOf(node: ts.Node | undefined): string[] {
  if (node === undefined || !ts.isObjectLiteralExpression(node)) return [];
  return node.properties.flatMap(({ name }) =>
    name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? [name.text] : [],
  );
}

function isReExport(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement);
}

function typeTagOf(node: ts.Node): string | undefined {
  if (
    ts.isPropertyAssignment(node) &&
    ts.isIdentifier(node.name) &&
    node.name.text === 'type' &&
    ts.isStringLiteralLike(node.initializer)
  ) {
    return node.initializer.text;
  }
  if (ts.isPropertySignature(node) && ts.isIdentifier(node.name) && node.name.text === 'type') {
    const { type } = node;
    if (type !== undefined && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal))
      return type.literal.text;
  }
  return undefined;
}
