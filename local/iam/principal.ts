import { InvalidPolicy, listOf } from './policy.ts';
import type { PrincipalElement, Statement } from './policy.ts';
import type { Principal } from './session.ts';
import { matchesWildcard } from './wildcard.ts';

/** How a statement of a resource's policy meets a caller: a mention of the whole account leaves the decision to the caller's own policies. */
export type PrincipalMatch = 'NO' | 'ACCOUNT' | 'CALLER';

const KINDS = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

/** Compiles the Principal or NotPrincipal of a statement; fails with InvalidPolicy on what could not be enforced. */
export function compilePrincipal(
  { Principal: named, NotPrincipal: excepted, Effect }: Statement,
  place: string,
): (principal: Principal) => PrincipalMatch {
  if ((named === undefined) === (excepted === undefined))
    throw new InvalidPolicy(`${place} has no Principal; a resource's policy needs one, or a NotPrincipal`);
  if (excepted !== undefined) return compileExcepted(excepted, Effect, `${place}.NotPrincipal`);
  if (named === '*') return () => 'CALLER';
  const { callers, services } = readElement(named, Effect, `${place}.Principal`);
  return (principal) => {
    if (principal.kind === 'SERVICE')
      return services.includes(principal.arn) || callers.includes('*') ? 'CALLER' : 'NO';
    const matches = callers.map((caller) => matchCaller(caller, principal));
    if (matches.includes('CALLER')) return 'CALLER';
    return matches.includes('ACCOUNT') ? 'ACCOUNT' : 'NO';
  };
}

/** A role is excepted only together with its account and its session: the service denies each that is not named. */
function compileExcepted(
  element: PrincipalElement,
  effect: string,
  place: string,
): (principal: Principal) => PrincipalMatch {
  if (effect !== 'Deny')
    throw new InvalidPolicy(
      `${place} stands with ${effect}; expected Deny, the only effect it is supported with`,
    );
  if (element === '*') return () => 'NO';
  const { callers, services } = readElement(element, effect, place);
  const isNamed = (principal: Principal): boolean => {
    if (callers.includes('*')) return true;
    if (principal.kind === 'SERVICE') return services.includes(principal.arn);
    const isAccount = callers.some((caller) => matchCaller(caller, principal) === 'ACCOUNT');
    const { arn, roleArn } = principal;
    if (principal.kind === 'ROOT') return isAccount || callers.includes(arn);
    return isAccount && callers.includes(roleArn) && callers.includes(arn);
  };
  return (principal) => (isNamed(principal) ? 'NO' : 'CALLER');
}

function readElement(
  element: PrincipalElement | undefined,
  effect: string,
  place: string,
): { callers: string[]; services: string[] } {
  if (typeof element !== 'object')
    throw new InvalidPolicy(`${place} is ${JSON.stringify(element)}; expected "*" or a map`);
  for (const kind of Object.keys(element)) {
    if (!KINDS.includes(kind))
      throw new InvalidPolicy(`${place} has "${kind}"; expected one of ${KINDS.join(', ')}`);
    // Nobody here is one of these: an Allow never applies, but a Deny might have been meant for everyone else's sake.
    if (effect === 'Deny' && (kind === 'Federated' || kind === 'CanonicalUser'))
      throw new InvalidPolicy(`${place}.${kind} cannot be denied on one machine`);
  }
  return { callers: listOf(element.AWS), services: listOf(element.Service) };
}

function matchCaller(caller: string, { arn, roleArn, accountId }: Principal): PrincipalMatch {
  if (caller === '*' || caller === arn || caller === roleArn) return 'CALLER';
  const isAccount = caller === accountId || matchesWildcard('arn:*:iam::*:root', caller);
  return isAccount && caller.includes(accountId) ? 'ACCOUNT' : 'NO';
}
