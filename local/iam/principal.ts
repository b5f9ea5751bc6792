import { InvalidPolicy, listOf } from './policy.ts';
import type { PrincipalElement } from './policy.ts';
import type { Principal } from './session.ts';
import { matchesWildcard } from './wildcard.ts';

/** How a statement of a resource's policy meets a caller: a mention of the whole account leaves the decision to the caller's own policies. */
export type PrincipalMatch = 'NO' | 'ACCOUNT' | 'CALLER';

const KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

/** Compiles the Principal of a statement; fails with InvalidPolicy on what could not be enforced. */
export function compilePrincipal(
  element: PrincipalElement | undefined,
  effect: 'Allow' | 'Deny',
  place: string,
): (principal: Principal) => PrincipalMatch {
  if (element === undefined)
    throw new InvalidPolicy(`${place} has no Principal; a resource's policy needs one`);
  if (element === '*') return () => 'CALLER';
  if (typeof element !== 'object')
    throw new InvalidPolicy(`${place}.Principal is ${JSON.stringify(element)}; expected "*" or a map`);
  for (const kind of Object.keys(element)) {
    if (!KINDS.includes(kind))
      throw new InvalidPolicy(`${place}.Principal has "${kind}"; expected one of ${KINDS.join(', ')}`);
    // Nobody here is one of these: an Allow never applies, but a Deny might have been meant for everyone else's sake.
    if (effect === 'Deny' && (kind === 'Federated' || kind === 'CanonicalUser'))
      throw new InvalidPolicy(`${place}.Principal.${kind} cannot be denied on one machine`);
  }
  const callers = listOf(element.AWS);
  const services = listOf(element.Service);
  return (principal) => {
    if (principal.kind === 'SERVICE')
      return services.includes(principal.arn) || callers.includes('*') ? 'CALLER' : 'NO';
    const matches = callers.map((caller) => matchCaller(caller, principal));
    if (matches.includes('CALLER')) return 'CALLER';
    return matches.includes('ACCOUNT') ? 'ACCOUNT' : 'NO';
  };
}

function matchCaller(caller: string, { arn, roleArn, accountId }: Principal): PrincipalMatch {
  if (caller === '*' || caller === arn || caller === roleArn) return 'CALLER';
  const isAccount = caller === accountId || matchesWildcard('arn:*:iam::*:root', caller);
  return isAccount && caller.includes(accountId) ? 'ACCOUNT' : 'NO';
}
