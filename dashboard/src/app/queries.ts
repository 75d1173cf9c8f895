/** app/queries — what pages read, and under which key it is kept. Read again when an event says that it changed. */
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { AdminProblem } from '../../../src/contract/client.ts';
import { background } from './admin.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say what is old; time alone does not.
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      retry: (count, error) => !(error instanceof AdminProblem) && count < 2,
    },
  },
});

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => background.getStatus(signal),
});
export const serverQuery = (server: string) =>
  queryOptions({ queryKey: ['server', server], queryFn: () => background.getServer(server) });
export const featuresQuery = (server: string) =>
  queryOptions({ queryKey: ['features', server], queryFn: () => background.listFeatures(server) });
export const processesQuery = queryOptions({
  queryKey: ['processes'],
  queryFn: () => background.listProcesses(),
  refetchInterval: 5_000,
});
export const toolsQuery = (query: string) =>
  queryOptions({
    queryKey: ['tools', query],
    queryFn: () => background.listTools(query === '' ? undefined : query),
    placeholderData: keepPreviousData,
  });
export const callsQuery = (filter: string, limit: number) =>
  queryOptions({
    queryKey: ['calls', filter, limit],
    queryFn: ({ signal }) => background.listCalls({ ...(filter !== '' && { filter }), limit }, signal),
    placeholderData: keepPreviousData,
  });
export const clientsQuery = queryOptions({ queryKey: ['clients'], queryFn: () => background.listClients() });
export const auditQuery = queryOptions({
  queryKey: ['audit'],
  queryFn: () => background.listAudit({ limit: 200 }),
});
export const examinationQuery = queryOptions({
  queryKey: ['examination'],
  queryFn: () => background.examine(),
});
export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: () => background.listSettings(),
});
export const catalogueQuery = (query: string) =>
  queryOptions({
    queryKey: ['catalogue', query],
    queryFn: () => background.searchCatalogue({ query: query === '' ? undefined : query, limit: 40 }),
    placeholderData: keepPreviousData,
  });
export const approvalsQuery = queryOptions({
  queryKey: ['approvals'],
  queryFn: () => background.listApprovals(true),
});
export const approvalRulesQuery = queryOptions({
  queryKey: ['approval-rules'],
  queryFn: () => background.listApprovalRules(),
});
export const reviewQuery = queryOptions({ queryKey: ['review'], queryFn: () => background.review() });
export const machineQuery = queryOptions({
  queryKey: ['machine'],
  queryFn: () => background.listMachineClients(),
});
export const machinePlanQuery = (client: string) =>
  queryOptions({ queryKey: ['machine', client], queryFn: () => background.planMachineClient(client) });
export const keysQuery = queryOptions({
  queryKey: ['clients', 'keys'],
  queryFn: () => background.listKeys(),
});
