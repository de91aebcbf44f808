# pg_strata: PGXS builds, installs and removes the module; scripts/ set the machine up, show and test it.
# `make help` lists the targets.  Those of scripts/ work before PostgreSQL or a compiler is installed.

EXTENSION  = pg_strata
MODULE_big = pg_strata
DATA       = $(wildcard pg_strata--*.sql)
SCRIPTS    = scripts/migrate-deploy
SOURCES    = $(wildcard src/*/*.cpp)
OURS       = $(SOURCES:src/%.cpp=build/obj/%.o)
OBJS       = $(OURS) build/pg_query.o

# Bitcode would only serve JIT inlining, which our functions never need.
override with_llvm = no

PG_CONFIG  ?= pg_config
PG_CXXFLAGS = -std=c++20 -Wall -Wextra -fno-semantic-interposition -Isrc \
              -isystem $(shell $(PG_CONFIG) --includedir-server)
# The server has libstdc++ (through ICU) and libcrypto in memory already; src/core/fmt.cpp saves libfmt.so.
SHLIB_LINK  = -Wl,--version-script=exports.map -Wl,-O1 -Wl,--as-needed -lfmt -lcrypto -lstdc++

REGRESS        = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
ISOLATION      = $(sort $(patsubst test/isolation/specs/%.spec,%,$(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation
TAP_TESTS      = 1
PROVE_TESTS    = test/t/*.pl
EXTRA_CLEAN    = build/obj build/pg_query.o

# PGXS has a `check` of its own, which says that it has none: it stays out when only our goals are asked for.
OUR_GOALS = help setup demo demo-stop check bench rules private
ifneq ($(filter-out $(OUR_GOALS),$(or $(MAKECMDGOALS),all)),)
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error PostgreSQL's development files are missing: run `make setup`, or set PG_CONFIG)
endif
include $(PGXS)

$(OURS): build/obj/%.o: src/%.cpp Makefile
	@mkdir -p $(@D)
	@echo '$(CXX) $<'
	@$(COMPILE.cc) -MMD -MP -o $@ $< 2>$@.warnings; status=$$?; cat $@.warnings >&2; exit $$status

-include $(OURS:.o=.d)

# Fails when any object was compiled with a warning, whenever that was.
.PHONY: warnings
warnings: $(OURS)
	@! cat /dev/null $(OURS:=.warnings) | grep .

$(shlib): exports.map

# PGXS would look for it in a directory of that name.
.PHONY: uninstall-scripts
uninstall: uninstall-scripts
uninstall-scripts:
	rm -f $(addprefix '$(DESTDIR)$(bindir)'/, $(notdir $(SCRIPTS)))

# libpg_query brings its own palloc(), errstart(), CurrentMemoryContext and two hundred other names
# of the server.  Seal it into one object of which only its own interface stays visible.
build/pg_query.o: Makefile
	@mkdir -p $(@D)
	@echo 'seal libpg_query.a'
	@$(LD) -r -o $@.tmp --whole-archive $(shell $(CXX) -print-file-name=libpg_query.a)
	@objcopy --wildcard --keep-global-symbol='pg_query_*' $@.tmp $@
	@rm -f $@.tmp
endif

.PHONY: $(OUR_GOALS)
help:
	@scripts/help
setup:
	@PG_CONFIG='$(PG_CONFIG)' scripts/setup
demo:
	@PG_CONFIG='$(PG_CONFIG)' scripts/demo
demo-stop:
	@PG_CONFIG='$(PG_CONFIG)' scripts/demo stop
ifneq ($(filter check,$(MAKECMDGOALS)),)
check:
	@PG_CONFIG='$(PG_CONFIG)' scripts/check $(STAGES)
endif
bench:
	@PG_CONFIG='$(PG_CONFIG)' scripts/bench
rules:
	@PG_CONFIG='$(PG_CONFIG)' ci/rules
private:
	@PG_CONFIG='$(PG_CONFIG)' scripts/install-private
