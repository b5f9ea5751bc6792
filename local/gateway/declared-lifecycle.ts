import { InvalidAssembly } from '../assembly/index.ts';
import type { Resource } from '../assembly/index.ts';
import type { LifecycleRule } from '../s3/index.ts';

type Json = Record<string, unknown>;

/** What is acted on; transitions change where the service keeps bytes, which has no meaning here. */
const KNOWN = new Set(
  `Id Status Prefix ObjectSizeGreaterThan ObjectSizeLessThan ExpirationInDays ExpirationDate ExpiredObjectDeleteMarker
   NoncurrentVersionExpiration NoncurrentVersionExpirationInDays AbortIncompleteMultipartUpload Transition Transitions
   NoncurrentVersionTransition NoncurrentVersionTransitions`.split(/\s+/),
);

/** Returns the enabled lifecycle rules of a bucket; fails on a rule that would do more than it says here. */
export function readLifecycle({ logicalId, properties }: Resource): LifecycleRule[] {
  const { Rules = [] } = (properties.LifecycleConfiguration ?? {}) as { Rules?: Json[] };
  return Rules.flatMap((rule, index) => {
    const place = `${logicalId}.LifecycleConfiguration.Rules[${index}]`;
    for (const name of Object.keys(rule)) {
      if (!KNOWN.has(name)) throw new InvalidAssembly(`${place}.${name} is not supported on one machine`);
    }
    return rule.Status === 'Enabled' ? [toRule(rule, place)] : [];
  });
}

function toRule(rule: Json, place: string): LifecycleRule {
  const noncurrent = (rule.NoncurrentVersionExpiration ?? {}) as Json;
  const abort = (rule.AbortIncompleteMultipartUpload ?? {}) as Json;
  const values = {
    largerThanBytes: count(rule.ObjectSizeGreaterThan, `${place}.ObjectSizeGreaterThan`),
    smallerThanBytes: count(rule.ObjectSizeLessThan, `${place}.ObjectSizeLessThan`),
    expirationDays: count(rule.ExpirationInDays, `${place}.ExpirationInDays`),
    expirationMs: moment(rule.ExpirationDate, `${place}.ExpirationDate`),
    noncurrentDays: count(
      noncurrent.NoncurrentDays ?? rule.NoncurrentVersionExpirationInDays,
      `${place}.NoncurrentVersionExpiration.NoncurrentDays`,
    ),
    newerNoncurrentVersions: count(
      noncurrent.NewerNoncurrentVersions,
      `${place}.NoncurrentVersionExpiration.NewerNoncurrentVersions`,
    ),
    abortDays: count(
      abort.DaysAfterInitiation,
      `${place}.AbortIncompleteMultipartUpload.DaysAfterInitiation`,
    ),
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return {
    prefix: typeof rule.Prefix === 'string' ? rule.Prefix : '',
    expiresDeleteMarkers: rule.ExpiredObjectDeleteMarker === true,
    ...Object.fromEntries(given),
  };
}

function count(value: unknown, place: string): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidAssembly(`${place} is ${JSON.stringify(value)}; expected a whole number`);
}

function moment(value: unknown, place: string): number | undefined {
  if (value === undefined) return undefined;
  const timeMs = typeof value === 'string' ? Date.parse(value) : NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new InvalidAssembly(`${place} is ${JSON.stringify(value)}; expected a date in ISO 8601`);
}
