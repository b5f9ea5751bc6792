import ts from 'typescript';

/** One construct that the runtime refuses, and what to write instead. */
export interface Refusal {
  rule: string;
  advice: string;
}

const refuse = (rule: string, advice: string): Refusal => ({ rule, advice });

const loops = 'for...of, or an array method such as map, filter or reduce';
const synchronous = 'synchronous code; leave waiting to the data source';

/** Constructs that a node's kind alone tells. */
const byKind = new Map<ts.SyntaxKind, Refusal>([
  [ts.SyntaxKind.AwaitExpression, refuse('no await', synchronous)],
  [ts.SyntaxKind.ClassDeclaration, refuse('no classes', 'functions on plain objects')],
  [ts.SyntaxKind.ClassExpression, refuse('no classes', 'functions on plain objects')],
  [ts.SyntaxKind.NewExpression, refuse('no new', 'a literal; util.time instead of Date')],
  [ts.SyntaxKind.ThisKeyword, refuse('no this', 'a parameter')],
  [ts.SyntaxKind.SuperKeyword, refuse('no super', 'a function call')],
  [
    ts.SyntaxKind.TryStatement,
    refuse('no try', 'a check before the call; ctx.error in the response handler'),
  ],
  [ts.SyntaxKind.ThrowStatement, refuse('no throw', 'util.error(message, type, data, info)')],
  [ts.SyntaxKind.ForStatement, refuse('no for(;;)', loops)],
  [ts.SyntaxKind.WhileStatement, refuse('no while', loops)],
  [ts.SyntaxKind.DoStatement, refuse('no do-while', loops)],
  [ts.SyntaxKind.ContinueStatement, refuse('no continue', 'if with the opposite condition')],
  [ts.SyntaxKind.LabeledStatement, refuse('no labels', 'a function that returns')],
  [ts.SyntaxKind.WithStatement, refuse('no with', 'a variable')],
  [ts.SyntaxKind.DebuggerStatement, refuse('no debugger', 'console.log(value)')],
  [ts.SyntaxKind.YieldExpression, refuse('no generators', 'an array')],
  [ts.SyntaxKind.RegularExpressionLiteral, refuse('no regular expressions', 'util.matches(pattern, text)')],
  [ts.SyntaxKind.BigIntLiteral, refuse('no BigInt', 'a number or a decimal string')],
  [ts.SyntaxKind.GetAccessor, refuse('no accessors', 'a property')],
  [ts.SyntaxKind.SetAccessor, refuse('no accessors', 'a property')],
  [ts.SyntaxKind.MethodDeclaration, refuse('no methods', 'a function beside the object')],
  [ts.SyntaxKind.MetaProperty, refuse('no meta properties', 'ctx.info or ctx.env')],
  [ts.SyntaxKind.PrivateIdentifier, refuse('no private names', 'a plain property')],
]);

const binaryOperators = new Map<ts.SyntaxKind, Refusal>([
  [ts.SyntaxKind.InKeyword, refuse('no in operator', 'Object.hasOwn(object, key)')],
  [ts.SyntaxKind.InstanceOfKeyword, refuse('no instanceof', 'typeof')],
  [ts.SyntaxKind.AsteriskAsteriskToken, refuse('no ** operator', 'a multiplication')],
  [ts.SyntaxKind.AsteriskAsteriskEqualsToken, refuse('no ** operator', 'a multiplication')],
  [ts.SyntaxKind.QuestionQuestionEqualsToken, refuse('no logical assignment', 'x = x ?? value')],
  [ts.SyntaxKind.BarBarEqualsToken, refuse('no logical assignment', 'x = x || value')],
  [ts.SyntaxKind.AmpersandAmpersandEqualsToken, refuse('no logical assignment', 'x = x && value')],
]);

const prefixOperators = new Map<ts.SyntaxKind, Refusal>([
  [ts.SyntaxKind.PlusPlusToken, refuse('no ++ operator', '+= 1')],
  [ts.SyntaxKind.MinusMinusToken, refuse('no -- operator', '-= 1')],
  [ts.SyntaxKind.TildeToken, refuse('no ~ operator', '-x - 1, or a comparison with -1')],
]);

function refuseFunction(node: ts.FunctionLikeDeclaration): Refusal | undefined {
  if (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)) {
    return refuse('no async functions', synchronous);
  }
  return node.asteriskToken ? refuse('no generators', 'an array') : undefined;
}

/** The runtime's own tags alone: `sql` of the module for RDS, as a name or a member of it. */
function refuseTag({ tag }: ts.TaggedTemplateExpression): Refusal | undefined {
  const name = ts.isPropertyAccessExpression(tag) ? tag.name.text : ts.isIdentifier(tag) ? tag.text : '';
  return name === 'sql' || name === 'raw' ? undefined : refuse('no tagged templates', 'a function call');
}

/** Returns why the runtime refuses this construct, judged by its syntax alone. */
export function refuseSyntax(node: ts.Node): Refusal | undefined {
  const known = byKind.get(node.kind);
  if (known) return known;
  if (ts.isBinaryExpression(node)) return binaryOperators.get(node.operatorToken.kind);
  if (ts.isPrefixUnaryExpression(node)) return prefixOperators.get(node.operator);
  if (ts.isPostfixUnaryExpression(node)) return prefixOperators.get(node.operator);
  if (ts.isTaggedTemplateExpression(node)) return refuseTag(node);
  if (ts.isForOfStatement(node) && node.awaitModifier) return refuse('no for await', synchronous);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return refuse('no dynamic import', 'an import at the top of the file');
  }
  if (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node)) {
    return refuseFunction(node);
  }
  return undefined;
}
