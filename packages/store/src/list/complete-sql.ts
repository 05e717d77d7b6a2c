import { sql } from 'kysely';

/**
 * 1 where a release holds a component of each mandatory kind of its own kind, and each of its components has as many
 * artifacts as its kind asks for. A release of no kind is complete with its first component.
 */
export const completeSql = sql<0 | 1>`(case when
  exists (select 1 from release_component as part where part.release = release.id)
  and not exists (
    select 1 from release_kind_part as part inner join component_kind as wanted on wanted.id = part.component_kind
    where part.release_kind = release.kind and part.mandatory = 1 and not exists (
      select 1 from release_component as held inner join component as have on have.id = held.component
      where held.release = release.id and have.kind = wanted.key))
  and not exists (
    select 1 from release_component as held inner join component as have on have.id = held.component
      inner join component_kind as of_kind on of_kind.tenant = have.tenant and of_kind.key = have.kind
    where held.release = release.id and of_kind.min_artifacts > (
      select count(*) from component_artifact as file where file.component = have.id))
  then 1 else 0 end)`;
