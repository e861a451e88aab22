"""Steps of an escalation that follow from the structure of a contract, independent of who holds the rights.

Three sorts of step. A right on an object may control a subject: an editor of a job decides what its principal does. It
may include rights on other objects: an administrator of a workspace has every right in it. And an actor may be another
one: a nested group, a workload of a federation policy, the repository of a job's code.
"""

from __future__ import annotations

from rolecall.access.graph.cloud_identities import cloud_steps
from rolecall.access.graph.code import CodeFacts, code_facts
from rolecall.access.graph.code_paths import CodePaths
from rolecall.access.graph.nodes import Actor, Administrators, Origin, OriginType, person
from rolecall.access.graph.repositories import repository_name, repository_of
from rolecall.access.graph.steps import NESTED, Control, Holding, Inclusion, Link, Powers
from rolecall.contract.contract import Contract
from rolecall.contract.group_roles import EFFECTS, FIELDS
from rolecall.contract.metastore_privileges import OPENS_SHARES, is_same, metastore_grants
from rolecall.contract.naming import object_name
from rolecall.contract.objects import Declared, catalog_id, objects_of, workspace_id
from rolecall.contract.schema_checks import parts_with_dataset
from rolecall.contract.source import Path, Places
from rolecall.errors import Place
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.job import JobBase
from rolecall.kinds.references import reference_to
from rolecall.kinds.registered_model import Step, candidate_name, step_name
from rolecall.kinds.registry import BY_NAME, BY_SECTION, KINDS, SECTIONS
from rolecall.kinds.service_principal import SERVICE_PRINCIPAL
from rolecall.kinds.share import Share
from rolecall.kinds.spec import HOLDS_CODE, Scope


def powers_of(contract: Contract, places: Places | None = None) -> Powers:
    """Return the steps that follow from a contract's structure.

    Args:
        contract: the contract.
        places: where its parts stand.
    """
    return _Collector(contract, places or Places()).collect()


class _Collector:
    def __init__(self, contract: Contract, places: Places) -> None:
        self.contract = contract
        self.places = places
        self.found = Powers()
        self.deployer = DeployerId(contract.databricks.deployer)
        self.seen: set[tuple[ObjectId, Verb, Subject]] = set()

    def collect(self) -> Powers:
        contract = self.contract
        trusted: set[Subject] = {self.deployer}
        if contract.break_glass:
            trusted.add(GroupId(contract.break_glass.group))
        self.found.trusted = frozenset(trusted)
        for name, group in contract.groups.items():
            for position, inner in enumerate(group.includes):
                place = self.places.of("groups", name, "includes", position)
                self.found.links[GroupId(inner)].append(Link(GroupId(name), NESTED, place))
            self._group_roles(name)
        for environment in contract.environments:
            self._principals(environment)
            self._jobs(environment)
            self._containers(environment)
            self._schemas(environment)
            self._shares(environment)
        for source, held, target, verb, why in cloud_steps(contract):
            self.found.includes[source].append(Inclusion(held, target, verb, why))
        self._metastores()
        self._shared_workers()
        self._administrators()
        return self.found

    def _group_roles(self, name: str) -> None:
        """Managers of a group add themselves to it, and assumers act as it."""
        declared = self.contract.groups[name]
        for role, key in FIELDS.items():
            for position, holder in enumerate(getattr(declared, key) or []):
                place = self.places.of("groups", name, key, position)
                self.found.links[GroupId(holder)].append(Link(GroupId(name), EFFECTS[role], place))

    def _control(self, target: ObjectId, at: Verb, subject: Subject, why: str, place: Place | None) -> None:
        if (target, at, subject) not in self.seen:
            self.seen.add((target, at, subject))
            self.found.controls[target].append(Control(at, subject, why, place))

    def _principals(self, environment: str) -> None:
        """Users and managers of a principal act as it; so do workloads of its federation policies."""
        assert SERVICE_PRINCIPAL.executes is not None
        at = SERVICE_PRINCIPAL.executes.controlled_from
        workspace = self._workspace(environment)
        for one in objects_of(self.contract, environment, Kind.SERVICE_PRINCIPAL):
            subject = ServicePrincipalId(environment, one.project, one.key)
            path = ("projects", one.project, "service_principals", one.key)
            place = self.places.of(*path)
            self._control(one.id_in(environment), at, subject, "lets its users act as", place)
            # https://docs.databricks.com/api/workspace/tokenmanagement/createobotoken
            self._control(workspace, Verb.MANAGE, subject, "lets administrators make tokens for", place)
            declared = SERVICE_PRINCIPAL.objects(self.contract.projects[one.project])[one.key]
            for federation in declared.federation_in(environment):
                token_subject = federation.subject_in(environment)
                workload = Origin(OriginType.WORKLOAD, token_subject, federation.issuer)
                where = self.places.of(*path, "federation")
                self.found.links[workload].append(Link(subject, "signs in by its federation policy as", where))
                if repository := repository_of(token_subject):
                    link = Link(workload, "holds the workflows of", where)
                    links = self.found.links[Origin(OriginType.REPOSITORY, repository)]
                    if link not in links:
                        links.append(link)

    def _jobs(self, environment: str) -> None:
        """A subject that controls what a job does acts as its principal."""
        paths = CodePaths(self.contract, environment)
        for kind in KINDS:
            if kind.executes is None or kind.name is Kind.SERVICE_PRINCIPAL:
                continue
            for one in objects_of(self.contract, environment, kind.name):
                if kind.acts_as_others is not None:
                    self.found.beside[one.id_in(environment)] = kind.acts_as_others(one.value, environment)
                if kind.executes.as_caller(one.value, environment):
                    continue
                if kind.shows is not None:
                    self._shown(environment, one, kind.shows(one.value, environment))
                principal = self._runs_as(environment, one)
                place = self.places.of("projects", one.project, SECTIONS[kind.name], one.key)
                at = kind.executes.controlled_from
                self._control(one.id_in(environment), at, principal, "runs as", place)
                self._code(environment, one, code_facts(kind.executes, one.value, environment), principal, paths)
                if isinstance(one.value, JobBase):
                    self._approvals(environment, one, one.value)

    def _shown(self, environment: str, one: Declared, document: object) -> None:
        """Let viewers of what shows data with its publisher's rights view that data."""
        if not self.contract.environments[environment].catalog:
            return
        text = str(document).casefold()
        why = "shows to everybody who may view it, so its viewers may"
        for dataset in objects_of(self.contract, environment, Kind.DATASET):
            own = reference_to(SECTIONS[Kind.DATASET], dataset.key, "name")
            name = object_name(self.contract, Kind.DATASET, dataset.project, dataset.key, environment)
            if name.casefold() in text or (dataset.project == one.project and own.casefold() in text):
                target = dataset.id_in(environment)
                self.found.includes[one.id_in(environment)].append(Inclusion(Verb.VIEW, target, Verb.VIEW, why))

    def _code(self, environment: str, one: Declared, facts: CodeFacts, principal: Subject, paths: CodePaths) -> None:
        """Subjects that control what an object loads or starts act as its principal."""
        place = self.places.of("projects", one.project, SECTIONS[one.kind], one.key)
        for section, key in sorted(facts.references):
            named = BY_SECTION.get(section)
            if named is None:
                continue
            target = ObjectId(environment, named.name, one.project, key)
            steers = named.steers_jobs
            has_code = (section, key) in facts.code_references
            if steers and (has_code or not steers.by_code) and not _only_copies(one, named.name, key):
                self._control(target, steers.from_verb, principal, steers.why, place)
            if named.executes is not None and named.runs_jobs:
                started = Inclusion(Verb.RUN, target, Verb.RUN, "starts, so its runners may")
                self.found.includes[one.id_in(environment)].append(started)
            if named.name is Kind.CLUSTER_POLICY:
                for path in paths.of_policy(one.project, key):
                    self._path(paths, path, principal, place, "holds a script of the cluster policy of what runs as")
        for path in sorted(facts.paths):
            self._path(paths, path, principal, place, HOLDS_CODE)
        for scope, signs_in in sorted(facts.scopes):
            if (named_scope := paths.scopes.get(scope)) is None:
                continue
            if (steers := BY_NAME[named_scope.kind].steers_jobs) is not None:
                self._control(named_scope, steers.from_verb, principal, steers.why, place)
            if signs_in:
                self._control(named_scope, Verb.VIEW, principal, "holds a credential of what runs as", place)
        if facts.repository:
            origin = Origin(OriginType.REPOSITORY, repository_name(facts.repository))
            self._origin(origin, principal, f"holds the code of {one.id_in(environment)}, which runs as", place)
        for image in sorted(facts.images):
            why = f"is the image of {one.id_in(environment)}, which runs as"
            self._origin(Origin(OriginType.IMAGE, image), principal, why, place)

    def _approvals(self, environment: str, one: Declared, job: JobBase) -> None:
        """Note the groups of which one approves runs of a job."""
        for orchestrator in job.counterparts:
            counterpart = job.counterpart(orchestrator)
            if counterpart and counterpart.approved_by and job.has_counterpart(orchestrator, environment):
                at: Path = ("projects", one.project, "jobs", one.key, "counterparts", orchestrator, "approved_by")
                link = Link(GroupId(counterpart.approved_by), f"may in {orchestrator}", self.places.of(*at))
                self.found.approvals[one.id_in(environment)].append(link)

    def _shared_workers(self) -> None:
        """An editor of a counterpart may have any worker of its orchestrator run it, and so acts as its principal."""
        # What systems observe are steps of this graph.
        from rolecall.access.systems import where_editors_choose_workers

        written = {
            name for one in self.contract.projects.values() for job in one.jobs.values() for name in job.counterparts
        }
        for orchestrator in sorted(written & where_editors_choose_workers() if written else ()):
            edited: dict[ObjectId, Subject] = {}
            worked_for: dict[Subject, Place | None] = {}
            for environment, settings in self.contract.environments.items():
                jobs = {(one.project, one.key): one for one in objects_of(self.contract, environment, Kind.JOB)}
                for one in jobs.values():
                    assert isinstance(one.value, JobBase)
                    counterpart = one.value.counterpart(orchestrator)
                    if counterpart is None or not one.value.has_counterpart(orchestrator, environment):
                        continue
                    edited[one.id_in(environment)] = self._runs_as(environment, one)
                    for key in (one.key, *counterpart.after) if settings.protected else ():
                        if stage := jobs.get((one.project, key)):
                            place = self.places.of(
                                "projects", one.project, "jobs", one.key, "counterparts", orchestrator
                            )
                            worked_for.setdefault(self._runs_as(environment, stage), place)
            for target, own in edited.items():
                for principal, place in worked_for.items():
                    if principal != own:
                        why = f"lets its editors choose the worker in {orchestrator}, also those that act as"
                        self._control(target, Verb.EDIT, principal, why, place)

    def _runs_as(self, environment: str, one: Declared) -> Subject:
        """Return whom a job or another object that runs code runs as."""
        executes = BY_NAME[one.kind].executes
        assert executes is not None
        key = executes.principal(one.value, one.id_in(environment))
        # https://docs.databricks.com/api/workspace/jobs/create (run_as): without it, a job runs as its owner.
        return ServicePrincipalId(environment, one.project, key) if key else self.deployer

    def _path(self, paths: CodePaths, path: str, principal: Subject, place: Place | None, why: str) -> None:
        if (target := paths.object_at(path)) is not None:
            self._control(target, Verb.EDIT, principal, why, place)

    def _origin(self, origin: Origin, principal: Subject, why: str, place: Place | None) -> None:
        links = self.found.links[origin]
        if all(link.actor != principal for link in links):
            links.append(Link(principal, why, place))

    def _containers(self, environment: str) -> None:
        """Administrators of a workspace and managers of a catalog hold everything in it."""
        settings = self.contract.environments[environment]
        workspace = self._workspace(environment)
        why = "lets administrators do everything with"
        for other, its in self.contract.environments.items():
            if its.workspace == settings.workspace and other != environment:
                link = Inclusion(Verb.MANAGE, self._workspace(other), Verb.MANAGE, "is the same workspace as")
                self.found.includes[workspace].append(link)
        catalog = catalog_id(self.contract, environment)
        for kind in SECTIONS:
            spec = BY_NAME[kind]
            for declared in objects_of(self.contract, environment, kind):
                target = declared.id_in(environment)
                if spec.scope is Scope.WORKSPACE:
                    self.found.includes[workspace].append(Inclusion(Verb.MANAGE, target, spec.highest, why))
                elif spec.scope is Scope.CATALOG and catalog is not None:
                    inclusion = Inclusion(Verb.MANAGE, target, spec.highest, "includes everything in it, so")
                    self.found.includes[catalog].append(inclusion)
                for served in spec.reads_as_creator:
                    # The creator is the deployer, who may read all of them.
                    self.found.includes[target] += [
                        Inclusion(Verb.MANAGE, read.id_in(environment), Verb.VIEW, "may serve, as its creator,")
                        for read in objects_of(self.contract, environment, served)
                    ]

    def _schemas(self, environment: str) -> None:
        """Holders of a schema have the same access to its objects.

        https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html (inheritance)
        """
        if not self.contract.environments[environment].catalog:
            return
        for target, dataset in parts_with_dataset(self.contract, environment):
            if dataset is None:
                continue
            kind, outer = BY_NAME[target.kind], BY_NAME[Kind.DATASET]
            for verb, words in outer.words.items():
                if verb is outer.highest:
                    held = kind.highest
                elif verbs := [own for own, needed in kind.words.items() if needed <= words]:
                    held = max(verbs, key=lambda one: one.rank)
                else:
                    continue
                self.found.includes[dataset].append(Inclusion(verb, target, held, "includes everything in it, so"))

    def _shares(self, environment: str) -> None:
        """Recipients read the content of a share."""
        for one in objects_of(self.contract, environment, Kind.SHARE):
            assert isinstance(one.value, Share)
            share = one.id_in(environment)
            for target in one.value.for_environment(environment).targets(share):
                self.found.includes[share].append(
                    Inclusion(Verb.VIEW, target, Verb.VIEW, "publishes to its recipients")
                )

    def _metastores(self) -> None:
        """Who sets permissions of all shares opens each to a recipient of its own."""
        why = f"holds {OPENS_SHARES} on the metastore, so may open to its own recipients, and so may"
        for one in metastore_grants(self.contract):
            if OPENS_SHARES not in one.privileges:
                continue
            place = self.places.of("metastores", one.key, "privileges", one.group)
            for environment, settings in self.contract.environments.items():
                if not is_same(self.contract.workspaces[settings.workspace].metastore, one.metastore):
                    continue
                for share in objects_of(self.contract, environment, Kind.SHARE):
                    holding = Holding(GroupId(one.group), share.id_in(environment), Verb.VIEW, why, place)
                    self.found.holdings.append(holding)

    def _administrators(self) -> None:
        """Administrators of the account make themselves whatever they want."""
        administrators = Administrators()
        contract, links = self.contract, self.found.links
        for position, name in enumerate(contract.administrators):
            place = self.places.of("administrators", position)
            named: Actor = GroupId(name) if name in contract.groups else person(name)
            links[named].append(Link(administrators, "is named among the", place))
        links[self.deployer].append(Link(administrators, "is one of the", self.places.of("databricks", "deployer")))
        links[administrators].append(Link(self.deployer, "may act as", None))
        for name in contract.groups:
            links[administrators].append(Link(GroupId(name), "may add themselves to", None))
        for environment in contract.environments:
            for one in objects_of(contract, environment, Kind.SERVICE_PRINCIPAL):
                principal = ServicePrincipalId(environment, one.project, one.key)
                links[administrators].append(Link(principal, "may act as", None))

    def _workspace(self, environment: str) -> ObjectId:
        return workspace_id(self.contract, environment)


def _only_copies(job: Declared, kind: Kind, key: str) -> bool:
    """Return whether a job handles a model without loading it: `deploy` copies a version of the candidates."""
    if kind is not Kind.MODEL:
        return False
    return any(
        job.key == step_name(model, Step.DEPLOY) and key in (model, candidate_name(model))
        for model in (key, key.removesuffix(candidate_name("")))
    )
