import { checkDependencies } from './check-dependencies.ts';
import { createScope, holds, NESTED_STACK } from './create-scope.ts';
import type { StackScope } from './create-scope.ts';
import { applyCustomResources } from './custom-resources.ts';
import type { CustomResource } from './custom-resources.ts';
import { evaluate } from './evaluate.ts';
import type { Scope } from './evaluate.ts';
import { arnOf, derivePhysicalId, nameProperty } from './naming.ts';
import type { Naming, ResourceName } from './naming.ts';
import { refuseUnknownParameters } from './parameters.ts';
import type { ParameterValues } from './parameters.ts';
import { InvalidAssembly } from './read-assembly.ts';
import type { Assembly, TemplateResource } from './read-assembly.ts';
import { readText } from './read-text.ts';
import { checkProperty, isUsed, SUPPORTED_TYPES } from './supported-types.ts';

/** A resource that runs here, with every intrinsic function evaluated. */
export interface Resource extends ResourceName {
  stackName: string;
  arn: string;
  properties: Record<string, unknown>;
}

export interface ResolvedAssembly {
  resources: Resource[];
  /** Declared in the template, but of a type that has no counterpart on one machine. */
  notRun: { logicalId: string; typeName: string }[];
  /** By name; of several stacks with an output of the same name, as `<stack>.<name>`. */
  outputs: Record<string, unknown>;
  /** Absolute path of an asset by its object key. */
  assetPaths: Map<string, string>;
}

interface Export {
  value: unknown;
  scope: Scope;
}

/** Evaluates parameters, conditions, intrinsic functions and outputs of every stack, and of the stacks nested in them. */
export function resolveAssembly(
  assembly: Assembly,
  naming: Naming,
  parameters: ParameterValues = new Map(),
): ResolvedAssembly {
  refuseUnknownParameters(parameters, assembly.stacks);
  const { assetPaths } = assembly;
  const exports = new Map<string, Export>();
  const open: string[] = [];
  const importValue = (name: string): unknown => {
    const found = exports.get(name);
    if (!found) throw new InvalidAssembly(`no stack exports ${name}`);
    if (open.includes(name))
      throw new InvalidAssembly(`stacks import from each other: ${[...open, name].join(' → ')}`);
    open.push(name);
    try {
      return evaluate(found.value, found.scope, `export ${name}`);
    } finally {
      open.pop();
    }
  };
  const scopes = assembly.stacks.flatMap((stack) => {
    const given = (name: string): unknown => parameters.get(`${stack.name}.${name}`) ?? parameters.get(name);
    return withNested(createScope(stack, { naming, assetPaths, importValue }, given));
  });
  for (const scope of scopes) addExports(scope, exports);
  const resolved: ResolvedAssembly = { resources: [], notRun: [], outputs: {}, assetPaths };
  const custom: CustomResource[] = [];
  for (const scope of scopes) resolveResources(scope, { naming, resolved, custom });
  resolved.outputs = collectOutputs(scopes);
  return applyCustomResources(resolved, custom);
}

const withNested = (scope: StackScope): StackScope[] => {
  checkDependencies(scope.stackName, scope.template);
  return [scope, ...scope.nested().flatMap(withNested)];
};

function addExports(scope: Scope, exports: Map<string, Export>): void {
  const { stackName, template } = scope;
  for (const [name, { Export: exported, Value: value, Condition }] of Object.entries(
    template.Outputs ?? {},
  )) {
    if (!exported || !holds(Condition, scope)) continue;
    const exportName = String(evaluate(exported.Name, scope, `stack ${stackName}: output ${name}.Export`));
    if (exports.has(exportName))
      throw new InvalidAssembly(
        `stack ${stackName}: output ${name} exports ${exportName}, which another stack exports`,
      );
    exports.set(exportName, { value, scope });
  }
}

function collectOutputs(scopes: readonly Scope[]): Record<string, unknown> {
  const all = scopes.flatMap((scope) =>
    Object.entries(scope.template.Outputs ?? {})
      .filter(([, { Condition }]) => holds(Condition, scope))
      .map(([name, { Value }]) => ({
        name,
        stackName: scope.stackName,
        value: evaluate(Value, scope, `stack ${scope.stackName}: output ${name}`),
      })),
  );
  const isShared = (name: string): boolean => all.filter((output) => output.name === name).length > 1;
  return Object.fromEntries(
    all.map(({ name, stackName, value }) => [isShared(name) ? `${stackName}.${name}` : name, value]),
  );
}

interface Resolving {
  naming: Naming;
  resolved: ResolvedAssembly;
  custom: CustomResource[];
}

function resolveResources(scope: Scope, { naming, resolved, custom }: Resolving): void {
  for (const [logicalId, resource] of Object.entries(scope.template.Resources ?? {})) {
    const typeName = resource.Type;
    if (typeName === NESTED_STACK || !holds(resource.Condition, scope)) continue;
    if (!SUPPORTED_TYPES[typeName]) {
      resolved.notRun.push({ logicalId, typeName });
      if (typeName.startsWith('Custom::') || typeName === 'AWS::CloudFormation::CustomResource')
        custom.push({ logicalId, typeName, ...readCustom(logicalId, resource, scope) });
      continue;
    }
    const properties = evaluateProperties(logicalId, resource, scope);
    const physicalId = derivedOrGiven({ scope, logicalId, typeName, properties }, naming);
    const name = { typeName, logicalId, physicalId };
    resolved.resources.push({ ...name, stackName: scope.stackName, arn: arnOf(name, naming), properties });
  }
}

function evaluateProperties(
  logicalId: string,
  { Type: typeName, Properties = {} }: TemplateResource,
  scope: Scope,
): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(Properties)) {
    const place = `stack ${scope.stackName}: ${logicalId}`;
    const evaluated = isUsed(typeName, name) ? evaluate(value, scope, `${place}.${name}`) : value;
    checkProperty(`${place} (${typeName})`, { typeName, name }, evaluated);
    if (isUsed(typeName, name)) properties[name] = evaluated;
  }
  return properties;
}

/** Most of what a custom resource says is for its provider; only what is acted on here is evaluated. */
function readCustom(
  logicalId: string,
  { Type, Properties = {} }: TemplateResource,
  scope: Scope,
): { providerArn: unknown; properties: Record<string, unknown> } {
  const read = (name: string): unknown =>
    evaluate(Properties[name], scope, `stack ${scope.stackName}: ${logicalId}.${name}`);
  const isActedOn = Type === 'Custom::S3BucketNotifications';
  return {
    providerArn: read('ServiceToken'),
    properties: isActedOn
      ? Object.fromEntries(Object.keys(Properties).map((name) => [name, read(name)]))
      : {},
  };
}

function derivedOrGiven(
  {
    scope,
    logicalId,
    typeName,
    properties,
  }: { scope: Scope; logicalId: string; typeName: string; properties: Record<string, unknown> },
  naming: Naming,
): string {
  const property = nameProperty(typeName);
  const given = property && properties[property];
  const derived = derivePhysicalId(scope.stackName, logicalId, { typeName, region: naming.region });
  return readText(given, derived, `${logicalId}.${property}`);
}
