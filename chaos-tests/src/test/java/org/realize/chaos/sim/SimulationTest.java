package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A short sweep, and every seed that has failed once; {@code scripts/chaos} plays many more. */
class SimulationTest {

  @Test
  void check_shortSweep_holds() {
    for (long seed = 0; seed < 400; seed++) {
      Simulation.Outcome outcome = Simulation.check(seed);
      assertThat(outcome.actions()).as("seed %d", seed).isPositive();
    }
  }

  @Test
  void checkWithMoves_shortSweep_holdsAndFilesAreMoved() {
    int dropped = 0;
    for (long seed = 0; seed < 400; seed++) {
      dropped += Simulation.checkWithMoves(seed).dropped();
    }
    assertThat(dropped).isGreaterThan(100);
  }

  @Test
  void checkWithMoves_directoryComesAfterAFileWasDropped_whatItReplacedStaysReplaced() {
    Simulation.checkWithMoves(72);
    Simulation.checkWithMoves(6922);
  }

  @Test
  void checkWithMoves_powerCutTakesWhatWasSeenOfAnArrival_itMayReturn() {
    Simulation.checkWithMoves(2694);
    Simulation.checkWithMoves(3303);
  }

  @Test
  void check_copyConnectsBesideTheOriginal_originalIsHeardNoMore() {
    Simulation.check(27);
  }

  @Test
  void check_copyOfARunningMachine_changesOfBothSurvive() {
    Simulation.check(180);
  }

  @Test
  void check_firstHearerLosesPowerAfterTheSourceIsGone_restAgrees() {
    Simulation.check(217);
  }

  @Test
  void check_stateWipedBeforeADeletionWasTold_restAgrees() {
    Simulation.check(280);
  }

  @Test
  void check_changeSignedAnew_stillKnowsItsBase() {
    Simulation.check(689);
  }

  @Test
  void check_backupOfANewStore_isToldApart() {
    Simulation.check(813);
  }

  @Test
  void check_directoryComesAfterTheFilesSourceIsGone_fileStaysKnown() {
    Simulation.check(1462);
  }

  @Test
  void check_onlyHearersStateIsWiped_restAgrees() {
    Simulation.check(2731);
  }

  @Test
  void check_toldUnderAnIdentityThatWasLeft_restAgrees() {
    Simulation.check(4910);
  }

  @Test
  void check_powerCutAfterAdopting_diskStaysIndexed() {
    Simulation.check(6117);
  }

  @Test
  void check_removedContentHadAbsorbedAnothersWrite_isShown() {
    Simulation.check(34456);
  }

  @Test
  void check_copyKnowsWhatAPowerCutTook_removalIsNotKnown() {
    Simulation.check(37493);
  }

  @Test
  void check_powerCutAfterTheDiskWasCopied_takesNothingOfTheCopy() {
    Simulation.check(54494);
  }

  @Test
  void check_restoredStoreToldADirectoryBeforeItWasFoundOut_fileToldBeforeStays() {
    Simulation.check(51005);
  }

  @Test
  void check_restoredStoreToldAFileBeforeItWasFoundOut_fileToldBeforeStays() {
    Simulation.check(81430);
  }
}
