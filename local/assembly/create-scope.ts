import { evaluate, evaluateCondition } from './evaluate.ts';
import type { Scope } from './evaluate.ts';
import { attributeOf, derivePhysicalId, nameProperty, refOf } from './naming.ts';
import type { Naming, ResourceName } from './naming.ts';
import { parameterValue } from './parameters.ts';
import { InvalidAssembly, readTemplate } from './read-assembly.ts';
import type { AssemblyStack, TemplateResource } from './read-assembly.ts';

/** What scopes of one assembly share. */
export interface Surroundings {
  naming: Naming;
  assetPaths: ReadonlyMap<string, string>;
  importValue(name: string): unknown;
}

/** A stack with everything that its expressions may name, and the stacks nested in it. */
export interface StackScope extends Scope {
  nested(): StackScope[];
}

export const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** Returns what the expressions of a stack may name; `given` are the values of its parameters, by their names. */
export function createScope(
  { name: stackName, template }: AssemblyStack,
  around: Surroundings,
  given: (parameter: string) => unknown,
): StackScope {
  const { naming } = around;
  const names = new Map<string, ResourceName>();
  const children = new Map<string, StackScope>();
  const declared = template.Resources ?? {};

  function nameOf(logicalId: string): ResourceName | undefined {
    const known = names.get(logicalId);
    const resource = Object.hasOwn(declared, logicalId) ? declared[logicalId] : undefined;
    if (known || !resource) return known;
    if (resource.Condition !== undefined && !evaluateCondition(resource.Condition, scope))
      throw new InvalidAssembly(
        `stack ${stackName}: an expression names ${logicalId}, which the condition ${resource.Condition} leaves out`,
      );
    const name = { logicalId, typeName: resource.Type, physicalId: physicalIdOf(logicalId, resource) };
    names.set(logicalId, name);
    return name;
  }

  function physicalIdOf(logicalId: string, resource: TemplateResource): string {
    const property = nameProperty(resource.Type);
    const name = property && evaluate(resource.Properties?.[property], scope, `${logicalId}.${property}`);
    if (typeof name === 'string' && name !== '') return name;
    const isFifo = resource.Type === 'AWS::SQS::Queue' && String(resource.Properties?.FifoQueue) === 'true';
    return derivePhysicalId(stackName, logicalId, {
      typeName: resource.Type,
      region: naming.region,
      ...(isFifo && { suffix: '.fifo' }),
    });
  }

  function childOf(logicalId: string): StackScope {
    const known = children.get(logicalId);
    if (known) return known;
    const child = createNested(logicalId, { scope, resource: declared[logicalId], around });
    children.set(logicalId, child);
    return child;
  }

  const scope: StackScope = {
    stackName,
    template,
    openConditions: [],
    importValue: (name) => around.importValue(name),
    pseudoParameters: pseudoParametersOf(stackName, naming),
    parameter(name) {
      const parameter = template.Parameters?.[name];
      if (!parameter) throw new InvalidAssembly(`stack ${stackName}: the parameter ${name} is not declared`);
      return parameterValue(parameter, given(name), `stack ${stackName}: the parameter ${name}`);
    },
    ref: (logicalId) => {
      const name = nameOf(logicalId);
      return name && refOf(name, naming);
    },
    attribute: (logicalId, attribute) => {
      const name = nameOf(logicalId);
      if (!name)
        throw new InvalidAssembly(`stack ${stackName}: Fn::GetAtt names ${logicalId}, which is not declared`);
      if (name.typeName === NESTED_STACK) return outputOf(childOf(logicalId), logicalId, attribute);
      return attributeOf(name, attribute, naming);
    },
    nested: () =>
      Object.entries(declared)
        .filter(([, { Type, Condition }]) => Type === NESTED_STACK && holds(Condition, scope))
        .map(([logicalId]) => childOf(logicalId)),
  };
  return scope;
}

/** Tells whether something with this condition is there. */
export function holds(condition: string | undefined, scope: Scope): boolean {
  return condition === undefined || evaluateCondition(condition, scope);
}

function pseudoParametersOf(stackName: string, { region, accountId }: Naming): Record<string, string> {
  return {
    'AWS::Region': region,
    'AWS::AccountId': accountId,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
  };
}

/** A nested stack's template is an asset; its parameters are expressions of the stack around it. */
function createNested(
  logicalId: string,
  { scope, resource, around }: { scope: Scope; resource: TemplateResource | undefined; around: Surroundings },
): StackScope {
  const place = `stack ${scope.stackName}: ${logicalId}`;
  const { TemplateURL, Parameters = {} } = (resource?.Properties ?? {}) as {
    TemplateURL?: unknown;
    Parameters?: Record<string, unknown>;
  };
  const url = String(evaluate(TemplateURL, scope, `${place}.TemplateURL`));
  const path = around.assetPaths.get(url.slice(url.lastIndexOf('/') + 1));
  if (path === undefined)
    throw new InvalidAssembly(`${place}.TemplateURL is ${url}, which is no asset of the assembly`);
  const name = `${scope.stackName}-${logicalId}`;
  return createScope({ name, template: readTemplate(path, name) }, around, (parameter) =>
    Object.hasOwn(Parameters, parameter)
      ? evaluate(Parameters[parameter], scope, `${place}.Parameters.${parameter}`)
      : undefined,
  );
}

function outputOf(child: StackScope, logicalId: string, attribute: string): string {
  const name = attribute.replace(/^Outputs\./, '');
  const output = child.template.Outputs?.[name];
  if (attribute === name || !output || !holds(output.Condition, child))
    throw new InvalidAssembly(`${logicalId} (${NESTED_STACK}): there is no attribute ${attribute}`);
  return String(evaluate(output.Value, child, `stack ${child.stackName}: output ${name}`));
}
