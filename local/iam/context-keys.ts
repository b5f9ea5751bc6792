import type { RequestContext } from './policy.ts';

const keys = (text: string): string[] => text.toLowerCase().split(/\s+/).filter(Boolean);

/** Keys that have a value in every request, whoever makes it. */
const ALWAYS = keys(
  `aws:CurrentTime aws:EpochTime aws:PrincipalIsAWSService aws:RequestedRegion aws:ResourceAccount aws:SecureTransport
   aws:ViaAWSService s3:TlsVersion`,
);

/** Keys that have a value in every request of a role. */
const OF_ROLES = keys('aws:PrincipalAccount aws:PrincipalArn aws:PrincipalType aws:userid');

/** Keys whose absence means what it means in the service; roles have no user name. */
const SOMETIMES = keys(
  `aws:PrincipalServiceName aws:SourceAccount aws:SourceArn aws:SourceIp aws:username dynamodb:Attributes
   dynamodb:LeadingKeys dynamodb:ReturnValues dynamodb:Select s3:delimiter s3:max-keys s3:prefix`,
);

const MULTIVALUED = new Set(keys('dynamodb:Attributes dynamodb:LeadingKeys'));
const KNOWN = new Set([...ALWAYS, ...OF_ROLES, ...SOMETIMES]);
const PRINCIPAL_TAG = 'aws:principaltag/';

/** Tells whether the local services fill a key in. Any other never has a value. */
export function isKnownKey(key: string): boolean {
  const name = key.toLowerCase();
  return KNOWN.has(name) || name.startsWith(PRINCIPAL_TAG);
}

/** Tells whether one request may have several values for a key. */
export function isMultivalued(key: string): boolean {
  return MULTIVALUED.has(key.toLowerCase());
}

/** Returns the keys that always have a value for those whom a policy concerns. */
export function certainKeys(kind: 'IDENTITY' | 'RESOURCE' | 'TRUST', tags: readonly string[]): Set<string> {
  const ofRole = [...OF_ROLES, ...tags.map((tag) => `${PRINCIPAL_TAG}${tag.toLowerCase()}`)];
  return new Set(kind === 'IDENTITY' ? [...ALWAYS, ...ofRole] : ALWAYS);
}

/** Returns the values of a key, whose name is in lower case. */
export function contextValues(context: RequestContext, key: string): readonly string[] {
  for (const [name, value] of Object.entries(context)) {
    if (name.toLowerCase() === key) return typeof value === 'string' ? [value] : value;
  }
  return [];
}
