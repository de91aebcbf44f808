SELECT to_jsonb(u)->>'s', to_jsonb(u)->>'p' FROM uses u;
