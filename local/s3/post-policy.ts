import { S3Error } from './s3-error.ts';

/** What a policy leaves open after its conditions held: the size of the file. */
interface SizeRange {
  smallestBytes: number;
  largestBytes: number;
}

type Condition =
  | { kind: 'eq' | 'starts-with'; field: string; value: string }
  | { kind: 'content-length-range'; smallest: number; largest: number };

/** Fields that a policy need not name. */
const FREE_FIELDS = new Set(['file', 'policy', 'x-amz-signature']);

/**
 * Checks a form against its policy: not expired, every condition holds, every field is covered. `fields` have lower-case
 * names and include `bucket`. Fails with AccessDenied, worded as S3 words it.
 */
export function checkPostPolicy(
  policyBase64: string,
  fields: ReadonlyMap<string, string>,
  limits: { nowMs: number; largestBytes: number },
): SizeRange {
  const { expiresMs, conditions } = parsePolicy(policyBase64);
  if (limits.nowMs > expiresMs) throw refusal('Policy expired.');
  const range: SizeRange = { smallestBytes: 0, largestBytes: limits.largestBytes };
  const covered = new Set<string>(['bucket']);
  for (const condition of conditions) {
    if (condition.kind === 'content-length-range') {
      range.smallestBytes = Math.max(range.smallestBytes, condition.smallest);
      range.largestBytes = Math.min(range.largestBytes, condition.largest);
      continue;
    }
    covered.add(condition.field);
    if (!holds(condition, fields.get(condition.field))) {
      throw refusal(
        `Policy Condition failed: ["${condition.kind}", "$${condition.field}", "${condition.value}"]`,
      );
    }
  }
  const extra = [...fields.keys()].filter(
    (name) => !covered.has(name) && !FREE_FIELDS.has(name) && !name.startsWith('x-ignore-'),
  );
  if (extra.length > 0) throw refusal(`Extra input fields: ${extra.join(', ')}`);
  return range;
}

function holds(
  { kind, field, value }: Condition & { kind: 'eq' | 'starts-with' },
  actual: string | undefined,
): boolean {
  if (actual === undefined) return false;
  if (kind === 'eq') return actual === value;
  // A list of content types must hold the condition item by item.
  const items = field === 'content-type' ? actual.split(',').map((item) => item.trim()) : [actual];
  return items.every((item) => item.startsWith(value));
}

function parsePolicy(policyBase64: string): { expiresMs: number; conditions: Condition[] } {
  const policy = parseJson(Buffer.from(policyBase64, 'base64').toString('utf8'));
  const { expiration, conditions } = policy;
  const isIso =
    typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(expiration);
  const expiresMs = isIso ? Date.parse(expiration) : NaN;
  if (Number.isNaN(expiresMs))
    throw invalid(`'expiration' is ${JSON.stringify(expiration)}; expected an ISO 8601 time in UTC`);
  if (!Array.isArray(conditions)) throw invalid("'conditions' is missing; expected a list");
  return { expiresMs, conditions: conditions.flatMap(parseCondition) };
}

function parseJson(text: string): Record<string, unknown> {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (cause) {
    throw new S3Error('InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.', { cause });
  }
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy))
    throw invalid('expected a JSON object');
  return policy as Record<string, unknown>;
}

function parseCondition(condition: unknown): Condition[] {
  if (Array.isArray(condition)) return [parseListCondition(condition)];
  if (typeof condition !== 'object' || condition === null)
    throw invalid(`a condition is ${JSON.stringify(condition)}`);
  return Object.entries(condition).map(([field, value]) => {
    if (typeof value !== 'string')
      throw invalid(`the condition on "${field}" is ${JSON.stringify(value)}; expected a string`);
    return { kind: 'eq', field: field.toLowerCase(), value };
  });
}

function parseListCondition(condition: unknown[]): Condition {
  const [kind, first, second] = condition;
  const isRange = typeof kind === 'string' && kind.toLowerCase() === 'content-length-range';
  if (isRange && condition.length === 3 && isSize(first) && isSize(second)) {
    return { kind: 'content-length-range', smallest: Number(first), largest: Number(second) };
  }
  const match = typeof kind === 'string' && /^(eq|starts-with)$/i.exec(kind);
  const isField = typeof first === 'string' && first.startsWith('$') && typeof second === 'string';
  if (!match || !isField || condition.length !== 3) {
    throw invalid(
      `a condition is ${JSON.stringify(condition)}; expected eq, starts-with or content-length-range with two values`,
    );
  }
  return {
    kind: match[1]?.toLowerCase() as 'eq' | 'starts-with',
    field: first.slice(1).toLowerCase(),
    value: second,
  };
}

function isSize(value: unknown): boolean {
  return (typeof value === 'number' || typeof value === 'string') && /^\d{1,15}$/.test(String(value));
}

function invalid(problem: string): S3Error {
  return new S3Error('InvalidPolicyDocument', `Invalid Policy: ${problem}.`);
}

function refusal(reason: string): S3Error {
  return new S3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
}
