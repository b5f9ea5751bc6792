import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createApp } from '../../infra/create-app.ts';

/** A value of a template: read by paths, because its shape depends on the resource type. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export interface Resource {
  Type: string;
  Properties: Record<string, Json>;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
}

export interface Statement {
  Action: string | string[];
  Effect: string;
  Resource?: Json;
  Condition?: Record<string, Record<string, Json>>;
  Principal?: Json;
}

/** A synthesized stack, and how tests read it. */
export interface SynthesizedStack {
  resources: Record<string, Resource>;
  text: string;
  ofType(type: string): [string, Resource][];
  resource(logicalId: string): Resource;
}

/** Synthesizes the stack from the bundles in build/; its cloud assembly is thrown away. */
export function synthesizeStack(context: Record<string, unknown> = {}): SynthesizedStack {
  const outdir = mkdtempSync(join(tmpdir(), 'template-'));
  const app = createApp({ outdir, context });
  const template = Template.fromStack(app.node.children[0] as Stack).toJSON() as {
    Resources: Record<string, Resource>;
  };
  rmSync(outdir, { recursive: true, force: true });
  const resources = template.Resources;
  return {
    resources,
    text: JSON.stringify(template),
    ofType: (type) => Object.entries(resources).filter(([, { Type }]) => Type === type),
    resource(logicalId) {
      const found = resources[logicalId];
      if (!found) throw new Error(`the template has no resource ${logicalId}`);
      return found;
    },
  };
}

/** Returns what stands at a path such as `RedrivePolicy.deadLetterTargetArn`; undefined when a part is missing. */
export function at(value: Json | Record<string, Json> | undefined, path: string): Json | undefined {
  let found: Json | undefined = value;
  for (const part of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Array.isArray(found) ? found[Number(part)] : found[part];
  }
  return found;
}

/** Returns the logical id that a `Ref` or `Fn::GetAtt` names. */
export function targetOf(value: Json | undefined): string {
  const target = at(value, 'Ref') ?? at(value, 'Fn::GetAtt.0');
  if (typeof target !== 'string') throw new Error(`${JSON.stringify(value)} refers to nothing`);
  return target;
}

export const refersTo = (value: object | Json | undefined, logicalId: string): boolean =>
  value !== undefined && JSON.stringify(value).includes(`"${logicalId}"`);

export const listOf = <Value>(value: Value | Value[] | undefined): Value[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Returns the statements of a policy document. */
export const statementsOf = (document: Json | undefined): Statement[] =>
  (at(document, 'Statement') ?? []) as unknown as Statement[];

/** Returns the statements of every role, by the role's logical id. */
export function roleStatements(stack: SynthesizedStack): Map<string, Statement[]> {
  const statements = new Map<string, Statement[]>();
  for (const [, { Properties }] of stack.ofType('AWS::IAM::Policy')) {
    for (const role of (Properties['Roles'] as Json[]).map(targetOf)) {
      statements.set(role, [...(statements.get(role) ?? []), ...statementsOf(Properties['PolicyDocument'])]);
    }
  }
  return statements;
}
