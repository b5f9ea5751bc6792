import type {
  CreateParams,
  DataProvider,
  DeleteManyParams,
  DeleteParams,
  GetListParams,
  GetListResult,
  GetManyParams,
  GetManyReferenceParams,
  GetOneParams,
  RaRecord,
  UpdateParams,
} from 'react-admin';
import { resources } from '../generated/descriptors.ts';
import type { ResourceDescriptor } from '../schema-model.ts';
import type { Api } from '../transport/api.ts';
import { ApiError } from '../transport/api-error.ts';
import { createPageTokens } from './page-tokens.ts';

type Variables = Record<string, unknown>;
type Page = { items: RaRecord[]; nextToken: string | null };

/** Answers react-admin's calls by the operations that the schema has for each resource; what it lacks is refused. */
export function createDataProvider(api: Api): DataProvider {
  const call = api.request as unknown as (name: string, variables: Variables) => Promise<unknown>;
  const tokens = createPageTokens();

  async function getList(resource: string, params: GetListParams): Promise<GetListResult> {
    const { list } = describe(resource);
    const { page, perPage } = params.pagination ?? { page: 1, perPage: 25 };
    const variables = { ...omitEmpty(params.filter as Variables), limit: perPage };
    const read = (nextToken: string | null): Promise<Page> =>
      call(list, { ...variables, nextToken }) as Promise<Page>;
    const { items, nextToken } = await tokens.readPage(
      `${resource} ${JSON.stringify(variables)}`,
      page,
      read,
    );
    return { data: items, pageInfo: { hasNextPage: nextToken !== null, hasPreviousPage: page > 1 } };
  }

  async function getOne(resource: string, id: string, meta: Variables | undefined): Promise<RaRecord> {
    const descriptor = describe(resource);
    const record = await call(need(descriptor.get, resource, 'read'), {
      ...pickParents(descriptor, meta),
      id,
    });
    if (!record)
      throw new ApiError(`This ${spell(descriptor.type)} does not exist (any more).`, 'NOT_FOUND', {
        actual: id,
      });
    return record as RaRecord;
  }

  async function remove(resource: string, id: string, meta: Variables | undefined): Promise<RaRecord> {
    const descriptor = describe(resource);
    return (await call(need(descriptor.delete, resource, 'delete'), {
      ...pickParents(descriptor, meta),
      id,
    })) as RaRecord;
  }

  const provider = {
    getList,
    getOne: async (resource: string, { id, meta }: GetOneParams) => ({
      data: await getOne(resource, String(id), meta as Variables),
    }),
    getMany: async (resource: string, { ids, meta }: GetManyParams) => {
      const found = await Promise.allSettled(
        ids.map((id) => getOne(resource, String(id), meta as Variables)),
      );
      return { data: found.filter((result) => result.status === 'fulfilled').map((result) => result.value) };
    },
    getManyReference: (resource: string, params: GetManyReferenceParams) =>
      getList(resource, {
        ...params,
        filter: { ...(params.filter as Variables), [params.target]: params.id },
      }),
    create: async (resource: string, { data }: CreateParams<Variables>) => {
      const created = await call(need(describe(resource).create, resource, 'create'), {
        input: omitEmpty(data as Variables),
      });
      return { data: created as RaRecord };
    },
    update: async (resource: string, { id, data }: UpdateParams<Variables & RaRecord>) => {
      const updated = await call(need(describe(resource).update, resource, 'change'), {
        input: { ...data, id },
      });
      return { data: updated as RaRecord };
    },
    updateMany: (resource: string) => refuse(resource, 'change many of'),
    delete: async (resource: string, { id, meta }: DeleteParams) => ({
      data: await remove(resource, String(id), meta as Variables),
    }),
    deleteMany: async (resource: string, { ids, meta }: DeleteManyParams) => {
      for (const id of ids) await remove(resource, String(id), meta as Variables);
      return { data: ids };
    },
  };
  return provider as DataProvider;
}

function describe(resource: string): ResourceDescriptor {
  const descriptor = (resources as Record<string, ResourceDescriptor | undefined>)[resource];
  if (!descriptor) throw new ApiError(`The schema has no list of ${resource}.`, 'INTERNAL');
  return descriptor;
}

function need(operation: string | null, resource: string, verb: string): string {
  if (operation === null) throw new ApiError(`The API cannot ${verb} ${resource}.`, 'INTERNAL');
  return operation;
}

function refuse(resource: string, verb: string): Promise<never> {
  return Promise.reject(new ApiError(`The API cannot ${verb} ${resource}.`, 'INTERNAL'));
}

function spell(type: string): string {
  return type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function pickParents(descriptor: ResourceDescriptor, meta: Variables | undefined): Variables {
  return Object.fromEntries(descriptor.parents.map((name) => [name, meta?.[name]]));
}

/** Leaves out what a form left empty: the API takes absence, not an empty text, for "not given". */
export function omitEmpty(values: Variables | undefined): Variables {
  return Object.fromEntries(
    Object.entries(values ?? {})
      .map(([name, value]): [string, unknown] => [name, isPlainObject(value) ? omitEmpty(value) : value])
      .filter(([, value]) => value !== undefined && value !== null && value !== '' && !isEmpty(value)),
  );
}

function isPlainObject(value: unknown): value is Variables {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0;
}
