import { readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

/** A template resource as synthesized: intrinsic functions are still in it. */
export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
  DependsOn?: string | string[];
}

export interface TemplateParameter {
  Type: string;
  Default?: unknown;
  NoEcho?: boolean;
  AllowedValues?: unknown[];
  AllowedPattern?: string;
  ConstraintDescription?: string;
  MinLength?: number | string;
  MaxLength?: number | string;
  MinValue?: number | string;
  MaxValue?: number | string;
}

export interface Template {
  Parameters?: Record<string, TemplateParameter>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Resources?: Record<string, TemplateResource>;
  Outputs?: Record<string, { Value: unknown; Condition?: string; Export?: { Name: unknown } }>;
  Transform?: unknown;
}

export interface AssemblyStack {
  name: string;
  template: Template;
}

export interface Assembly {
  stacks: AssemblyStack[];
  /** Absolute path of an asset (a file, or the folder of a zip) by its object key. */
  assetPaths: Map<string, string>;
}

interface Manifest {
  artifacts?: Record<
    string,
    {
      type: string;
      properties?: { templateFile?: string; stackName?: string; file?: string; directoryName?: string };
    }
  >;
}

interface AssetManifest {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
  dockerImages?: Record<string, unknown>;
}

/** Says what of the cloud assembly cannot be run, by resource and property. */
export class InvalidAssembly extends Error {
  override readonly name = 'InvalidAssembly';
}

/** Reads every stack and asset of a synthesized CDK cloud assembly, and of the stages in it. */
export function readAssembly(folder: string): Assembly {
  const root = resolve(folder);
  const assembly: Assembly = { stacks: [], assetPaths: new Map() };
  readFolder(root, root, assembly);
  if (assembly.stacks.length === 0) throw new InvalidAssembly(`${root} declares no stack`);
  return assembly;
}

/** Reads a template; fails when it would have to be transformed first. */
export function readTemplate(path: string, stackName: string): Template {
  const template = readJson(path) as Template;
  if (template.Transform !== undefined)
    throw new InvalidAssembly(`stack ${stackName} has a Transform, which is not supported`);
  return template;
}

/** Stages have folders of their own and share the assets of the folder around them. */
function readFolder(root: string, folder: string, assembly: Assembly): void {
  const manifest = readJson(join(folder, 'manifest.json')) as Manifest;
  for (const [id, artifact] of Object.entries(manifest.artifacts ?? {})) {
    const properties = artifact.properties ?? {};
    if (artifact.type === 'aws:cloudformation:stack') {
      const path = inside(root, folder, properties.templateFile ?? `${id}.template.json`);
      const name = properties.stackName ?? id;
      if (assembly.stacks.some((other) => other.name === name))
        throw new InvalidAssembly(`the assembly has two stacks of the name ${name}`);
      assembly.stacks.push({ name, template: readTemplate(path, name) });
    } else if (artifact.type === 'cdk:asset-manifest') {
      readAssets(root, inside(root, folder, properties.file ?? `${id}.json`), assembly.assetPaths);
    } else if (artifact.type === 'cdk:cloud-assembly') {
      readFolder(root, inside(root, folder, properties.directoryName ?? id), assembly);
    }
  }
}

function readAssets(root: string, file: string, assetPaths: Map<string, string>): void {
  const assets = readJson(file) as AssetManifest;
  for (const { source, destinations } of Object.values(assets.files ?? {})) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations))
      assetPaths.set(objectKey, inside(root, dirname(file), source.path));
  }
}

function inside(root: string, folder: string, path: string): string {
  const full = resolve(folder, path);
  if (!full.startsWith(root + sep)) throw new InvalidAssembly(`${path} leads out of the assembly ${root}`);
  return full;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : (cause as Error).message;
    throw new InvalidAssembly(`cannot read the cloud assembly: ${path} ${reason}`, { cause });
  }
}
