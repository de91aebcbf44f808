CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple, stopwords = 'english');
CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple);
CREATE TABLE t (body text);
CREATE INDEX i ON t USING gin (to_tsvector('conf', body));
