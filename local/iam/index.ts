export { createIam } from './create-iam.ts';
export type { Iam, IamOptions, NamedPolicy, Role } from './create-iam.ts';
export { AccessDenied } from './access-denied.ts';
export type { Decision } from './access-denied.ts';
export { InvalidPolicy } from './policy.ts';
export type { PolicyDocument, RequestContext, Statement } from './policy.ts';
export type { Credentials, Principal, Session } from './session.ts';
